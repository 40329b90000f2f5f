import { existsSync } from 'node:fs';
import { metricPath } from '../../src/storage/metric-path.js';
import type { ClusterUnderTest } from '../support/cluster.js';
import { shardOfName } from '../support/shard-of.js';
import { differences, whisperSlots } from '../support/whisper-slots.js';
import type { LogContent } from './log-content.js';
import type { Model } from './model.js';
import type { LineConnection } from './senders.js';

/** As many as fit on a screen. */
const PROBLEMS_MAX = 20;

/** Problems that are counted, of which the first are described. */
export class Problems {
  count = 0;
  readonly first: string[] = [];

  add(text: string): void {
    this.count++;
    if (this.first.length < PROBLEMS_MAX) this.first.push(text);
  }
}

export interface StoredVerdict {
  files: number;
  /** Points looked up in files. */
  compared: number;
  /** Accepted points that a file lacks, or has another value for. */
  missing: Problems;
  /** Metrics whose replicas differ, in any archive. */
  unequal: Problems;
}

/** Holds the files of all replicas against the logs and against each other. */
export async function compareFiles(
  cluster: ClusterUnderTest,
  model: Model,
  { values }: LogContent,
): Promise<StoredVerdict> {
  const { nodes, shardCount, replicationFactor } = await cluster.view();
  const replicas = nodes.flatMap(({ shards }) => shards);
  const verdict = { files: 0, compared: 0, missing: new Problems(), unequal: new Problems() };
  for (let metric = 0; metric < model.metrics; metric++) {
    const cells = acceptedCells(model, metric, values);
    if (cells.length === 0) continue;
    const name = model.name(metric);
    const shard = shardOfName(name, shardCount);
    const paths = replicas
      .filter((replica) => replica.shard === shard)
      .map(({ dataFolder }) => `${dataFolder}/whisper/${metricPath(name, true)}`);
    if (paths.length !== replicationFactor) verdict.unequal.add(`${name}: ${paths.length} copies`);
    const copies = paths.map((path) => (existsSync(path) ? whisperSlots(path) : []));
    for (const [i, [finest]] of copies.entries()) {
      if (finest !== undefined) verdict.files++;
      for (const cell of cells) {
        const { timestamp } = model.point(cell);
        const stored = finest?.get(timestamp);
        verdict.compared++;
        if (stored !== values[cell])
          verdict.missing.add(`${paths[i]} ${timestamp}: ${stored} and not ${values[cell]}`);
      }
    }
    const [difference] = differences(copies[0], copies[1], 1);
    if (difference !== undefined) verdict.unequal.add(`${name}: ${difference}`);
  }
  return verdict;
}

function acceptedCells(model: Model, metric: number, values: Float64Array): number[] {
  const cells: number[] = [];
  for (let round = model.birth(metric); round < model.rounds; round++) {
    const cell = model.cell(metric, round);
    if (!Number.isNaN(values[cell])) cells.push(cell);
  }
  return cells;
}

/** Acknowledged points that no log has, or with another value than was sent. */
export function unloggedPoints(model: Model, { values }: LogContent): Problems {
  const problems = new Problems();
  for (let cell = 0; cell < model.cells; cell++) {
    const value = values[cell];
    const mayBeMissing = model.acknowledged[cell] === 0 && Number.isNaN(value);
    if (mayBeMissing || value === model.value(cell)) continue;
    const { metric, timestamp } = model.point(cell);
    problems.add(`${metric} ${timestamp}: ${value} in the logs`);
  }
  return problems;
}

/**
 * Of plain lines nobody is told what became of them. Over a connection that was ended in order, all arrive. Over one that
 * a killed relay broke, for each shard the last ones may be missing, and no others.
 */
export function lostLines(
  connections: readonly LineConnection[],
  model: Model,
  { values }: LogContent,
  shardCount: number,
): { lost: number; problems: Problems } {
  const problems = new Problems();
  let lost = 0;
  for (const { cells, isBroken } of connections) {
    const ended = new Set<number>();
    for (const cell of cells) {
      const name = model.name(model.metricOfCell(cell));
      const shard = shardOfName(name, shardCount);
      if (Number.isNaN(values[cell])) {
        lost++;
        ended.add(shard);
        if (!isBroken) problems.add(`${name}: a line is missing, and no relay was killed`);
      } else if (ended.has(shard)) problems.add(`${name}: a line before it is missing`);
    }
  }
  return { lost, problems };
}
