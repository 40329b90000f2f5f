import { QueueBudget } from '../../src/actors/shard/budget.js';
import { RateLimit } from '../../src/actors/shard/rate-limit.js';
import { ShardReplica } from '../../src/actors/shard/shard-replica.js';
import { systemClock } from '../../src/edge/clock.js';
import type { FoundMessage } from '../../src/protocols/messages.js';
import { CheckpointFile } from '../../src/storage/checkpoint.js';
import { FileMigration } from '../../src/storage/file-migration.js';
import type { Files } from '../../src/storage/files.js';
import { GapFile } from '../../src/storage/gap-file.js';
import { MetricIndex } from '../../src/storage/metric-index.js';
import { TaggedNames } from '../../src/storage/tags/tagged-names.js';
import { WhisperStore } from '../../src/storage/whisper/store.js';
import { benchRules, metricName, STEP_S, valueAt } from '../support/bench-metrics.js';
import { sealedBatch } from '../support/sealed-batch.js';
import { BottomlessFiles } from './bottomless-files.js';

const OPEN_FILES = 2_000;
const BATCH_POINTS = 5_000;
const FIRST_S = Math.floor(Date.now() / 60_000) * 60 - 3_600;
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (fields: object, text: string): void => console.error(text, fields),
};

/** One replica of a node as composition makes it, on a file system that keeps nothing, fed by hand. */
export class BenchReplica {
  readonly #replica: ShardReplica;
  readonly #shard: number;
  readonly #shards: number;
  readonly #metrics: number;
  #sequence = 0;

  private constructor(
    shard: number,
    shards: number,
    metrics: number,
    files: Files,
    index: MetricIndex,
  ) {
    this.#shard = shard;
    this.#shards = shards;
    this.#metrics = metrics;
    const folder = `/data/node1/shards/${shard}`;
    const unlimited = new RateLimit(Number.POSITIVE_INFINITY, 1);
    const store = new WhisperStore({
      files,
      root: `${folder}/whisper`,
      schemas: benchRules,
      openFilesMax: OPEN_FILES,
      sparse: true,
      hashTagged: true,
      deferRollUps: true,
      coarseRollUpS: 14_400,
    });
    this.#replica = new ShardReplica({
      shard,
      logs: [{ stream: `SHARD_${shard}`, datacentre: 'dc1', isMirror: false }],
      dataFolder: folder,
      store,
      migration: new FileMigration({ files, store, rules: benchRules, sparse: true }),
      index,
      taggedNames: new TaggedNames(files, `${folder}/tagged-names`),
      checkpointFile: new CheckpointFile(files, `${folder}/checkpoint.json`),
      gapFile: new GapFile(files, `${folder}/gaps.json`),
      budget: new QueueBudget(Number.MAX_SAFE_INTEGER).share(),
      clock: systemClock,
      log: silent,
      writeDelayMs: 0,
      rollUpDelayMs: 3_600_000,
      holdbackMs: 0,
      sync: () => Promise.resolve(),
      syncsEach: false,
      strategy: 'sorted',
      updates: unlimited,
      creates: unlimited,
      changed: () => undefined,
    });
  }

  /** @param metrics of all shards together: this one gets every `shards`th */
  static async open(
    shard: number,
    shards: number,
    metrics: number,
    files: Files = new BottomlessFiles(),
    index: MetricIndex = new MetricIndex(),
  ): Promise<BenchReplica> {
    const replica = new BenchReplica(shard, shards, metrics, files, index);
    await replica.#replica.open();
    replica.#replica.follow(0, { created: 'now', firstSequence: 1, lastSequence: 0 });
    return replica;
  }

  get queuedPoints(): number {
    return this.#replica.report().queuePoints;
  }

  /** One point of each metric, written: their names and files are known from now on. */
  async makeFiles(): Promise<void> {
    await this.queueRound(0);
    const write = (): Promise<boolean> =>
      new Promise((reply, fail) => this.#replica.receive({ type: 'write', reply, fail }));
    while (await write()) await systemClock.yieldNow();
  }

  find(query: string, limit: number): Promise<FoundMessage> {
    const asked = { type: 'find', query, limit, namesOnly: false, leavesOnly: false } as const;
    return new Promise((reply, fail) => this.#replica.receive({ ...asked, reply, fail }));
  }

  async queueRound(round: number): Promise<void> {
    const timestamp = FIRST_S + round * STEP_S;
    let ids: number[] = [];
    for (let i = this.#shard; i < this.#metrics; i += this.#shards) {
      if (ids.push(i) === BATCH_POINTS) ids = await this.#apply(ids, timestamp);
    }
    if (ids.length > 0) await this.#apply(ids, timestamp);
  }

  async #apply(ids: readonly number[], timestamp: number): Promise<never[]> {
    const names = Buffer.from(ids.map(metricName).join('\n'));
    const timestamps = new Float64Array(ids.length).fill(timestamp);
    const values = Float64Array.from(ids, (i) => valueAt(i, timestamp));
    const bytes = sealedBatch(names, timestamps, values);
    this.#replica.receive({
      type: 'batch',
      log: 0,
      sequence: ++this.#sequence,
      storedAtMs: 0,
      pending: 0,
      bytes,
      reserved: 0,
    });
    await systemClock.yieldNow();
    return [];
  }
}
