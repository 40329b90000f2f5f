import { HeartbeatSender } from '../../src/actors/membership/heartbeats.js';
import { Node } from '../../src/actors/node/node.js';
import { type BudgetShare, QueueBudget } from '../../src/actors/shard/budget.js';
import { COARSE_DELAYS } from '../../src/actors/shard/checkpointer.js';
import { RateLimit } from '../../src/actors/shard/rate-limit.js';
import { ReplayTurns } from '../../src/actors/shard/replay-turns.js';
import { ReplicaRunner } from '../../src/actors/shard/replica-runner.js';
import { ShardReplica } from '../../src/actors/shard/shard-replica.js';
import { errorText } from '../../src/errors.js';
import { CheckpointFile } from '../../src/storage/checkpoint.js';
import { FileMigration } from '../../src/storage/file-migration.js';
import type { Files } from '../../src/storage/files.js';
import { GapFile } from '../../src/storage/gap-file.js';
import { MetricIndex } from '../../src/storage/metric-index.js';
import { TaggedNames } from '../../src/storage/tags/tagged-names.js';
import { WhisperStore } from '../../src/storage/whisper/store.js';
import { heartbeat } from '../support/fake-cluster.js';
import type { Parts } from './simulated-cluster.js';
import type { SimulatedDisk } from './simulated-disk.js';
import { HEARTBEAT_MS, SimulatedRepairs } from './simulated-repairs.js';
import { logsOf, ruleOf } from './world-shape.js';

/** How long a sync takes. */
const SYNC_MS = 200;

const RULES = { match: ruleOf };

export function shardFolder(shard: number): string {
  return `/data/shards/${shard}`;
}

/** The whisper files of one shard of a node. */
export function openShardStore(files: Files, shard: number, some: object = {}): WhisperStore {
  return new WhisperStore({
    files,
    root: `${shardFolder(shard)}/whisper`,
    schemas: () => RULES,
    openFilesMax: 100,
    sparse: true,
    hashTagged: true,
    ...some,
  });
}

/** One life of a node's process. */
export class SimulatedNode {
  readonly node: Node;
  /** In worlds in which replicas compare themselves with their peers. */
  readonly repairs: SimulatedRepairs | undefined;
  readonly #parts: Parts;
  readonly #disk: SimulatedDisk;
  readonly #files: Files;
  readonly #budget: QueueBudget;
  readonly #creates: RateLimit;
  readonly #heartbeats: HeartbeatSender;

  /** @param escalated told when a replica crashes again and again, after which the process ends */
  constructor(
    parts: Parts,
    disk: SimulatedDisk,
    shards: readonly number[],
    life: number,
    escalated: (text: string) => void,
  ) {
    this.#parts = parts;
    this.#disk = disk;
    const { process, connection, bus, logger, shape } = parts;
    this.#files = disk.files(process);
    this.#budget = new QueueBudget(shape.queuePointsMax, shards.length);
    this.#creates = new RateLimit(shape.createsPerMinute, 60_000);
    const turns = new ReplayTurns(shape.replays, process);
    this.node = new Node(
      (changed, escalate) =>
        shards.map((shard) => {
          const budget = this.#budget.share();
          return new ReplicaRunner({
            shard,
            logs: logsOf(shape, shard),
            make: () => this.#makeReplica(shard, budget, changed),
            log: connection,
            budget,
            turns,
            clock: process,
            logger,
            checkpointIntervalMs: shape.checkpointIntervalMs,
            escalate,
          });
        }),
      () => undefined,
      process,
    );
    if (shape.isRepaired) this.repairs = new SimulatedRepairs(parts, this.node);
    this.node.failed.catch((error) => {
      if (process.isDead) return;
      escalated(errorText(error));
      process.die('gives up');
    });
    const { name } = process;
    this.#heartbeats = new HeartbeatSender(bus, process, HEARTBEAT_MS, () =>
      heartbeat({ name, incarnation: life, state: this.node.state, shards: this.node.reports() }),
    );
  }

  /** Ends as SIGTERM ends it. */
  stop(): void {
    const { process } = this.#parts;
    this.repairs?.stop();
    this.node.drain().then(
      () => {
        this.#heartbeats.stop();
        process.die('stopped');
      },
      (error) => process.die(`could not drain: ${errorText(error)}`),
    );
  }

  /** `carbonbus drain`, and `carbonbus rejoin` when it has left for so long. */
  leave(forMs: number): void {
    const { process } = this.#parts;
    if (this.node.state !== 'live' && this.node.state !== 'replaying') return;
    const rejoin = (): void => {
      if (this.node.state === 'left') this.node.rejoin();
    };
    this.node.leave().then(
      () => process.after(forMs, rejoin),
      (error) => process.die(`could not leave: ${errorText(error)}`),
    );
  }

  #makeReplica(shard: number, budget: BudgetShare, changed: () => void): ShardReplica {
    const { process, logger, shape } = this.#parts;
    const files = this.#files;
    const dataFolder = shardFolder(shard);
    const store = openShardStore(files, shard, {
      openFilesMax: shape.openFilesMax,
      deferRollUps: shape.rollUpDelayMs > 0,
      coarseRollUpS: (COARSE_DELAYS * shape.rollUpDelayMs) / 1_000,
    });
    return new ShardReplica({
      shard,
      logs: logsOf(shape, shard),
      dataFolder,
      store,
      migration: new FileMigration({ files, store, rules: () => RULES, sparse: true }),
      index: new MetricIndex(),
      taggedNames: new TaggedNames(files, `${dataFolder}/tagged-names`),
      checkpointFile: new CheckpointFile(files, `${dataFolder}/checkpoint.json`),
      gapFile: new GapFile(files, `${dataFolder}/gaps.json`),
      budget,
      clock: process,
      log: logger,
      writeDelayMs: shape.writeDelayMs,
      rollUpDelayMs: shape.rollUpDelayMs,
      holdbackMs: shape.durability === 'holdback' ? shape.holdbackMs : 0,
      sync: () => this.#sync(),
      syncsEach: shape.durability === 'sync',
      strategy: shape.strategy,
      updates: new RateLimit(Number.POSITIVE_INFINITY, 1),
      creates: this.#creates,
      changed,
    });
  }

  /** What was written before it began is on the disk when it ends. */
  async #sync(): Promise<void> {
    const { process } = this.#parts;
    process.effect('syncing');
    this.#disk.sync();
    await new Promise<void>((resolve) => process.after(SYNC_MS, resolve));
  }
}
