import { assert } from '../../src/assert.js';
import { decodeBatch } from '../../src/protocols/batch.js';
import { PointBlock } from '../../src/protocols/points.js';
import { metricPath } from '../../src/storage/metric-path.js';
import type { CreationRule } from '../../src/storage/schemas.js';
import { ruleOf } from './world-shape.js';

const BLOCK = new PointBlock();

/** Values of one archive by the time of their slots. */
export type Slots = Map<number, number>;

/** Who has got a message, as far as one file is concerned. */
export type Readers = 'all' | 'some' | 'none';

/** What the whisper file of a metric has to hold, archive by archive. */
export interface ModelFile {
  path: string;
  /** One of the names that share the file. */
  name: string;
  rule: CreationRule;
  finest: Slots;
  /**
   * Slots of the finest archive that a message wrote which some replica never got, or which a power cut took from the log:
   * nobody can say what is in them.
   */
  doubtful: Set<number>;
  /** All values that came for a slot. */
  written: Map<number, number[]>;
  /** Slots that some replica got a value for. */
  held: Set<number>;
}

/** The fold of a shard's logs: the last write of a slot wins, and the rest follows from the finest archives by the rules. */
export class Model {
  readonly files = new Map<string, ModelFile>();
  /** How often each value is in the logs. */
  readonly values = new Map<number, number>();

  readonly #settles: boolean;

  /** @param settles what all have got leaves no doubt about a slot: nothing but the logs writes to files */
  constructor(settles: boolean) {
    this.#settles = settles;
  }

  /** A message that the log has lost again: a replica that got it in time may have written it. */
  applyLost(message: Uint8Array): void {
    this.#decode(message);
    for (let i = 0; i < BLOCK.count; i++) {
      this.#note(this.#file(BLOCK.name(i)), BLOCK.timestamps[i], BLOCK.values[i], 'none');
    }
  }

  /** The next message of a log. @param readersOf who got it, by the path of the file */
  apply(message: Uint8Array, readersOf: (path: string) => Readers): void {
    this.#decode(message);
    for (let i = 0; i < BLOCK.count; i++) {
      const value = BLOCK.values[i];
      this.values.set(value, (this.values.get(value) ?? 0) + 1);
      const file = this.#file(BLOCK.name(i));
      this.#note(file, BLOCK.timestamps[i], value, readersOf(file.path));
    }
  }

  #decode(message: Uint8Array): void {
    assert(decodeBatch(message, BLOCK) === undefined, 'a log has batches alone');
  }

  #note(file: ModelFile, timestamp: number, value: number, readers: Readers): void {
    const slot = alignedTo(file.rule.archives[0].secondsPerPoint, timestamp);
    if (readers === 'all') file.finest.set(slot, value);
    else file.doubtful.add(slot);
    if (readers === 'all' && this.#settles) file.doubtful.delete(slot);
    if (readers !== 'none') file.held.add(slot);
    const written = file.written.get(slot);
    if (written === undefined) file.written.set(slot, [value]);
    else written.push(value);
  }

  #file(name: string): ModelFile {
    const path = pathOf(name);
    let file = this.files.get(path);
    if (file === undefined) {
      file = {
        ...{ path, name, rule: ruleOf(name), finest: new Map(), doubtful: new Set() },
        ...{ written: new Map(), held: new Set() },
      };
      this.files.set(path, file);
    }
    return file;
  }
}

const PATHS = new Map<string, string>();

function pathOf(name: string): string {
  let path = PATHS.get(name);
  if (path === undefined) {
    path = metricPath(name, true);
    PATHS.set(name, path);
  }
  return path;
}

/** What every archive of a file has to hold, finest first; NaN where nobody can say. */
export function archivesOf({ rule, finest, doubtful }: ModelFile): Slots[] {
  const first = new Map(finest);
  for (const slot of doubtful) first.set(slot, Number.NaN);
  const all = [first];
  for (let i = 1; i < rule.archives.length; i++) {
    const { secondsPerPoint } = rule.archives[i - 1];
    all.push(rolledUp(all[i - 1], secondsPerPoint, rule.archives[i].secondsPerPoint, rule));
  }
  return all;
}

function rolledUp(finer: Slots, fromS: number, toS: number, rule: CreationRule): Slots {
  const coarser: Slots = new Map();
  for (const start of new Set([...finer.keys()].map((slot) => alignedTo(toS, slot)))) {
    const known: number[] = [];
    for (let slot = start; slot < start + toS; slot += fromS) {
      const value = finer.get(slot);
      if (value !== undefined) known.push(value);
    }
    const isDoubtful = known.some(Number.isNaN);
    const isEnough = known.length / (toS / fromS) >= rule.xFilesFactor;
    if (isDoubtful) coarser.set(start, Number.NaN);
    else if (isEnough) coarser.set(start, aggregate(rule.method, known));
  }
  return coarser;
}

function aggregate(method: string, known: readonly number[]): number {
  const sum = known.reduce((total, value) => total + value, 0);
  if (method === 'sum') return sum;
  if (method === 'average') return sum / known.length;
  if (method === 'max') return Math.max(...known);
  return known[known.length - 1];
}

function alignedTo(stepS: number, timestampS: number): number {
  return Math.floor(timestampS / stepS) * stepS;
}
