import { type BudgetShare, QueueBudget } from '../../src/actors/shard/budget.js';
import { COARSE_DELAYS } from '../../src/actors/shard/checkpointer.js';
import type { ReplicaMessage } from '../../src/actors/shard/messages.js';
import { RateLimit } from '../../src/actors/shard/rate-limit.js';
import type { ShardLog } from '../../src/actors/shard/replica-logs.js';
import { ReplicaRunner } from '../../src/actors/shard/replica-runner.js';
import { type ReplicaParts, ShardReplica } from '../../src/actors/shard/shard-replica.js';
import { columnDoubles } from '../../src/protocols/codec.js';
import type { CachedMessage, FoundMessage, LocateReply } from '../../src/protocols/messages.js';
import { mirrorStream, shardStream } from '../../src/protocols/subjects.js';
import { CheckpointFile } from '../../src/storage/checkpoint.js';
import { FileMigration } from '../../src/storage/file-migration.js';
import type { Files } from '../../src/storage/files.js';
import { GapFile } from '../../src/storage/gap-file.js';
import { MetricIndex } from '../../src/storage/metric-index.js';
import type { CreationRule } from '../../src/storage/schemas.js';
import { TaggedNames } from '../../src/storage/tags/tagged-names.js';
import type { ArchiveSpec } from '../../src/storage/whisper/archives.js';
import { WhisperStore } from '../../src/storage/whisper/store.js';
import { FakeLogReader, FakeLogs } from './fake-log-reader.js';
import { FakeLogger } from './fake-logger.js';
import { batchOf, type NamedPoint } from './fake-points.js';
import { pass, settled } from './fake-time.js';
import { fetchedFrom } from './found.js';
import { freeTurns } from './free-turns.js';
import { MemoryFiles } from './memory-files.js';
import { SimulatedClock } from './simulated-clock.js';

export const FOLDER = '/data/node1/shards/0';
/** The logs of a replica in dc2, in their order, where there is a mirror of dc1's and perhaps one of dc3's. */
const LOGS = ['dc1', 'dc2', 'dc3'].map((datacentre) => {
  const isMirror = datacentre !== 'dc2';
  return { datacentre, stream: isMirror ? mirrorStream(0, datacentre) : shardStream(0), isMirror };
});
export const WRITE_DELAY_MS = 10_000;
export const CHECKPOINT_INTERVAL_MS = 1_000;

/** One replica on a disk and a log in memory, on a clock that stands still. */
export class FakeReplica {
  readonly clock: SimulatedClock;
  readonly files: MemoryFiles;
  readonly log: FakeLogReader;
  readonly logger = new FakeLogger();
  readonly budget: QueueBudget;
  readonly #share: BudgetShare;
  readonly #disk: Files;
  readonly escalated: unknown[] = [];
  /** Every state that was told, without repetitions. */
  readonly states: string[] = [];
  readonly runner: ReplicaRunner;
  /** How often a replica was made. */
  made = 0;
  /** What every file is made with. */
  rule: CreationRule;
  /** A behaviour's fault: thrown while this is set and a batch with this name arrives. */
  poison: string | undefined;
  readonly #policy: Partial<ReplicaParts>;
  readonly #openFilesMax: number;
  /** The mirrors that can be reached, by datacentre. */
  readonly mirrors: Record<string, FakeLogReader>;
  readonly #logs: readonly ShardLog[];

  constructor(
    options: {
      files?: MemoryFiles;
      /** In place of `files`: another file system, such as the real one. */
      disk?: Files;
      log?: FakeLogReader;
      /** The datacentres that are mirrored: `dc1`, `dc3`. */
      mirrorFrom?: readonly string[];
      mirrors?: Record<string, FakeLogReader>;
      clock?: SimulatedClock;
      pointsMax?: number;
      budget?: QueueBudget;
      folder?: string;
      archives?: readonly ArchiveSpec[];
      openFilesMax?: number;
      policy?: Partial<ReplicaParts>;
    } = {},
  ) {
    this.rule = {
      archives: options.archives ?? [{ secondsPerPoint: 1, points: 3600 }],
      xFilesFactor: 0.5,
      method: 'average',
    };
    this.#policy = options.policy ?? {};
    this.#openFilesMax = options.openFilesMax ?? 100;
    this.clock = options.clock ?? new SimulatedClock();
    this.files = options.files ?? new MemoryFiles();
    this.#disk = options.disk ?? this.files;
    this.log = options.log ?? new FakeLogReader();
    this.mirrors = options.mirrors ?? {};
    this.#logs = LOGS.filter(
      ({ datacentre, isMirror }) => !isMirror || options.mirrorFrom?.includes(datacentre),
    );
    this.budget = options.budget ?? new QueueBudget(options.pointsMax ?? 1_000_000);
    this.#share = this.budget.share();
    const folder = options.folder ?? FOLDER;
    this.runner = new ReplicaRunner({
      shard: 0,
      logs: this.#logs,
      make: () => this.#make(folder),
      log: new FakeLogs((stream) => this.#logOf(stream)),
      budget: this.#share,
      turns: freeTurns(this.clock),
      clock: this.clock,
      logger: this.logger,
      checkpointIntervalMs: CHECKPOINT_INTERVAL_MS,
      escalate: (error) => this.escalated.push(error),
    });
  }

  #make(folder: string): ShardReplica {
    this.made++;
    const rules = () => ({ match: () => this.rule });
    const store = new WhisperStore({
      files: this.#disk,
      root: `${folder}/whisper`,
      schemas: rules,
      openFilesMax: this.#openFilesMax,
      sparse: true,
      hashTagged: true,
      deferRollUps: (this.#policy.rollUpDelayMs ?? 0) > 0,
      coarseRollUpS: (COARSE_DELAYS * (this.#policy.rollUpDelayMs ?? 0)) / 1_000,
    });
    const replica = new ShardReplica({
      shard: 0,
      logs: this.#logs,
      dataFolder: folder,
      store,
      taggedNames: new TaggedNames(this.files, `${folder}/tagged-names`),
      index: new MetricIndex(),
      checkpointFile: new CheckpointFile(this.#disk, `${folder}/checkpoint.json`),
      migration: new FileMigration({ files: this.#disk, store, rules, sparse: true }),
      budget: this.#share,
      gapFile: new GapFile(this.#disk, `${folder}/gaps.json`),
      clock: this.clock,
      log: this.logger,
      writeDelayMs: WRITE_DELAY_MS,
      rollUpDelayMs: 0,
      holdbackMs: 0,
      sync: () => Promise.resolve(),
      syncsEach: false,
      strategy: 'sorted',
      updates: new RateLimit(Number.POSITIVE_INFINITY, 1),
      creates: new RateLimit(Number.POSITIVE_INFINITY, 1),
      ...this.#policy,
      changed: ({ state }) => {
        if (this.states.at(-1) !== state) this.states.push(state);
      },
    });
    const receive = replica.receive.bind(replica);
    replica.receive = (message: ReplicaMessage) => {
      if (message.type === 'batch' && this.poison !== undefined) {
        if (Buffer.from(message.bytes).includes(this.poison)) throw new Error('a bug');
      }
      return receive(message);
    };
    return replica;
  }

  #logOf(stream: string): FakeLogReader | undefined {
    const { datacentre, isMirror } = this.#logs.find((log) => log.stream === stream)!;
    return isMirror ? this.mirrors[datacentre] : this.log;
  }

  get nowS(): number {
    return Math.floor(this.clock.nowMs() / 1000);
  }

  /** Appends a batch to the log. */
  append(...points: NamedPoint[]): number {
    return this.log.append(batchOf(points));
  }

  pass(ms: number, stepMs?: number): Promise<void> {
    return pass(this.clock, ms, stepMs);
  }

  /** The values of one metric by their time; those that are not there are left out. */
  async fetch(name: string, backS = 60): Promise<[number, number][]> {
    const { nowS } = this;
    const window = { fromS: nowS - backS, untilS: nowS, nowS };
    const asked = fetchedFrom(this.runner, [name], window);
    await settled();
    const [series] = await asked;
    if (series === undefined) return [];
    const points: [number, number][] = [];
    series.values.forEach((value, i) => {
      if (!Number.isNaN(value)) points.push([series.startS + i * series.stepS, value]);
    });
    return points;
  }

  async cached(name: string): Promise<[number, number][]> {
    const [metric] = await this.runner.ask<CachedMessage[]>((reply, fail) => ({
      type: 'cached',
      names: [name],
      reply,
      fail,
    }));
    const values = columnDoubles(metric.values);
    return [...columnDoubles(metric.timestamps)].map((timestamp, i) => [timestamp, values[i]]);
  }

  async find(query: string, limit = 100): Promise<string[]> {
    const { leaves, branches } = await this.runner.ask<FoundMessage>((reply, fail) => ({
      type: 'find',
      query,
      limit,
      namesOnly: false,
      leavesOnly: false,
      reply,
      fail,
    }));
    return [...leaves, ...branches].sort();
  }

  locate(name: string): Promise<LocateReply> {
    return this.runner.ask((reply, fail) => ({
      type: 'locate',
      name,
      nowS: this.nowS,
      reply,
      fail,
    }));
  }

  /** What the checkpoint file says, or undefined. */
  savedSequence(stream = shardStream(0)): number | undefined {
    return new CheckpointFile(this.files, `${FOLDER}/checkpoint.json`)
      .load()
      .logs.find((log) => log.stream === stream)?.sequence;
  }

  /** The whisper files, by path. */
  whisper(): Record<string, string> {
    const all = Object.entries(this.files.contents());
    return Object.fromEntries(all.filter(([path]) => path.endsWith('.wsp')));
  }

  /**
   * The replica of the next process after a `kill -9` of this one, on the same disk and log. This one does
   * nothing more, as its clock stands still from now on.
   */
  killedAndRestarted(): FakeReplica {
    const { files, log, mirrors } = this;
    const clock = new SimulatedClock(this.clock.nowMs());
    const mirrorFrom = this.#logs.flatMap((one) => (one.isMirror ? [one.datacentre] : []));
    const { archives } = this.rule;
    const policy = this.#policy;
    return new FakeReplica({ files, log, mirrors, mirrorFrom, clock, archives, policy });
  }
}

/** A replica that is open and at the end of its empty log. */
export async function opened(
  options?: ConstructorParameters<typeof FakeReplica>[0],
): Promise<FakeReplica> {
  const replica = new FakeReplica(options);
  await settled();
  return replica;
}

/** Time for everything that was applied to be written and covered by a checkpoint. */
export const ALL_WRITTEN_MS = WRITE_DELAY_MS + 2 * CHECKPOINT_INTERVAL_MS;
