import { unreachable } from '../../assert.js';
import { decodeBatch } from '../../protocols/batch.js';
import type { ReplicaReport } from '../../protocols/heartbeat.js';
import { PointBlock } from '../../protocols/points.js';
import { SequenceTally } from '../../protocols/sequence-tally.js';
import type { CheckpointFile } from '../../storage/checkpoint.js';
import type { FileMigration } from '../../storage/file-migration.js';
import type { GapFile } from '../../storage/gap-file.js';
import type { MetricIndex } from '../../storage/metric-index.js';
import { MetricTable } from '../../storage/metric-table.js';
import { PointQueue } from '../../storage/point-queue.js';
import type { TaggedNames } from '../../storage/tags/tagged-names.js';
import type { Behaviour } from '../kernel/actor.js';
import type { LogState } from '../ports/log.js';
import { walkIndex } from './index-walk.js';
import type { BatchMessage, LogStart, LostMessage, ReplicaMessage } from './messages.js';
import { MetricIds } from './metric-ids.js';
import { LIVE_LAG } from './replay-turns.js';
import { accountsOf } from './replica-accounts.js';
import { ReplicaGaps } from './replica-gaps.js';
import { ReplicaHeaders } from './replica-headers.js';
import { ReplicaLife } from './replica-life.js';
import { ReplicaLogs, type ShardLog } from './replica-logs.js';
import { ReplicaMigration } from './replica-migration.js';
import { ReplicaReads } from './replica-reads.js';
import { ReplicaRepair } from './replica-repair.js';
import { ReplicaTags } from './replica-tags.js';
import { ReplicaWriting, type WritingParts } from './replica-writing.js';
import type { Writer } from './writer.js';

/** Messages of a log that will not come any more. */
type Lost = Omit<LostMessage, 'type'>;

export interface ReplicaCounters {
  batchesApplied: number;
  pointsApplied: number;
  malformedBatches: number;
  /** Log messages that retention removed before this replica had read them. */
  messagesLost: number;
}

/** What a replica is made of and how it is set; what writing and checkpoints need besides is its own. */
export interface ReplicaParts extends WritingParts {
  /** What it reads; see `ReplicaLogs` for their order. */
  logs: readonly ShardLog[];
  checkpointFile: CheckpointFile;
  gapFile: GapFile;
  index: MetricIndex;
  taggedNames: TaggedNames;
  migration: FileMigration;
  /** Told after each change of state. */
  changed: (report: ReplicaReport) => void;
}

/**
 * One replica of one shard: it alone owns the shard's queue, whisper files, index and checkpoint on its
 * node. All of them are folds over the shard's logs, so a replica that crashed is opened again and reads on.
 */
export class ShardReplica implements Behaviour<ReplicaMessage> {
  readonly shard: number;
  readonly counters: ReplicaCounters = {
    batchesApplied: 0,
    pointsApplied: 0,
    malformedBatches: 0,
    messagesLost: 0,
  };
  readonly migration: ReplicaMigration;
  readonly gaps: ReplicaGaps;
  readonly repair: ReplicaRepair;
  readonly #parts: ReplicaParts;
  readonly #table = new MetricTable();
  readonly #queue = new PointQueue();
  readonly #block = new PointBlock();
  readonly #reads: ReplicaReads;
  readonly #logs: ReplicaLogs;
  /** Points of the datacentre's own log. */
  readonly #tally = new SequenceTally();
  readonly #headers: ReplicaHeaders;
  readonly #tags: ReplicaTags;
  readonly #ids: MetricIds;
  readonly #writing: ReplicaWriting;
  readonly #life: ReplicaLife;
  /** When the last message came, ms since the epoch. */
  #appliedAtMs = 0;
  #isAbandoned = false;

  constructor(parts: ReplicaParts) {
    this.shard = parts.shard;
    this.#parts = parts;
    this.gaps = new ReplicaGaps(parts);
    this.repair = new ReplicaRepair(parts, this.#table, (name) => {
      const id = this.#ids.ofName(name);
      this.#writing.flushTags();
      return id;
    });
    this.#logs = new ReplicaLogs(parts.logs, parts.checkpointFile, parts.log);
    this.migration = new ReplicaMigration(parts, this.#table);
    this.#reads = new ReplicaReads(parts, this.#table, this.#queue);
    this.#headers = new ReplicaHeaders(parts.store, this.#table);
    this.#tags = new ReplicaTags(parts, this.#table);
    this.#ids = new MetricIds(this.#table, parts.index, this.#tags);
    this.#life = new ReplicaLife(parts.shard, () => parts.changed(this.report()));
    this.#writing = new ReplicaWriting(parts, {
      ...{ queue: this.#queue, table: this.#table, logs: this.#logs, tags: this.#tags },
      gaps: this.gaps,
      life: this.#life,
      madeAnew: (metric) => this.gaps.note('corruptFile', 0, { metric }),
      healed: () => this.#noteLag(),
    });
    this.#life.start();
  }

  get writer(): Writer {
    return this.#writing.writer;
  }

  get writeTickMs(): number {
    return this.#writing.tickMs;
  }

  /** Whether nothing waits to be written or rolled up, also into coarse archives, and no disk that has refused to is to be tried again. */
  get isWritten(): boolean {
    const { pendingRollUps, owingRollUps } = this.#parts.store;
    const left = this.#queue.points + pendingRollUps + owingRollUps;
    return left === 0 && this.#life.state !== 'degraded';
  }

  get checkpointsSaved(): number {
    return this.#writing.checkpointsSaved;
  }

  /** As much of the report as a read needs. */
  get #standing(): Pick<ReplicaReport, 'shard' | 'state'> {
    return { shard: this.shard, state: this.#isAbandoned ? 'closed' : this.#life.state };
  }

  report(): ReplicaReport {
    const { local, all } = this.#logs;
    const { store } = this.#parts;
    const { checkpoint, applied, logEnd } = this.#logs.report(local);
    return {
      ...this.#standing,
      checkpoint,
      applied,
      logEnd,
      gaps: this.gaps.all.length,
      gapsIrreparable: this.gaps.irreparable,
      mirrored: all.flatMap(({ isMirror }, log) => (isMirror ? [this.#logs.report(log)] : [])),
      queuePoints: this.#queue.points,
      rollUpsWaiting: Math.max(store.pendingRollUps, store.owingRollUps),
      dataFolder: this.#parts.dataFolder,
    };
  }

  /** What became of the points since the replica was opened; what its runner counts besides is left out. */
  accounts(): ReturnType<typeof accountsOf> {
    return accountsOf({
      report: this.report(),
      ...{ counters: this.counters, writer: this.writer, pulls: this.pulls },
      ...{ queue: this.#queue, tally: this.#tally, gaps: this.gaps.all },
      monotonicMs: this.#parts.clock.monotonicMs(),
    });
  }

  get metrics(): number {
    return this.#table.count;
  }

  get queuedMetrics(): number {
    return this.#queue.metrics;
  }

  /** While false the reader must not pull: the disk takes nothing, and the log keeps the points. */
  get pulls(): boolean {
    return this.#life.state !== 'degraded';
  }

  /** Loads index and checkpoints, in slices. */
  async open(): Promise<void> {
    this.#life.tell({ type: 'open' });
    await walkIndex(this.#parts, this.#tags, (name) => this.#ids.ofName(name));
    this.gaps.load();
    this.#writing.takeOver(this.#logs.load());
  }

  /**
   * Begins with a log: first of all with the one of its own datacentre.
   * @param isCutBack it is known already, and has lost its end
   */
  follow(log: number, state: LogState, isCutBack = false): LogStart {
    const beginning = isCutBack
      ? this.#logs.followCutBack(log, state)
      : this.#logs.follow(log, state);
    const first = Math.max(beginning.sequence + 1, state.firstSequence);
    if (log === this.#logs.local) this.#tally.restart(first);
    const lost = { log, from: beginning.sequence + 1, to: first - 1 };
    if (lost.to >= lost.from) this.#countLost(lost);
    this.gaps.noteBeginning(beginning, { ...lost, stream: this.#logs.all[log].stream });
    if (this.#life.state === 'recovering') {
      this.#life.tell({ type: 'recovered', behind: Math.max(0, state.lastSequence - first + 1) });
    }
    return { next: first, before: beginning };
  }

  receive(message: ReplicaMessage): void | Promise<void> {
    switch (message.type) {
      case 'batch':
        return this.#apply(message);
      case 'lost':
        return this.#noteLost(message);
      case 'logEnd':
        this.#logs.foundEnd(message.log, message.sequence);
        return this.#noteLag();
      case 'follow':
        return message.reply(this.follow(message.log, message.state, message.isCutBack));
      case 'write':
        return message.reply(this.#writing.slice());
      case 'checkpoint':
        return this.#writing.lookAtCheckpoint();
      case 'drain':
      case 'rest':
        return this.#writing.drain(message).then(message.reply, message.fail);
      case 'find':
      case 'fetch':
      case 'fetchMatching':
      case 'cached':
      case 'locate':
        return this.#reads.answer(message, this.#standing, () => this.report());
      case 'info':
      case 'setAggregationMethod':
        return this.#headers.answer(message);
      case 'tags':
      case 'changeTags':
        return this.#tags.answer(message, this.report());
      case 'migrate':
        return this.migration.answer(message, this.report());
      case 'digest':
      case 'slots':
      case 'fill':
        return this.repair.answer(message);
      case 'repairBegan':
        return this.gaps.begin(message.gaps);
      case 'repairEnded':
        return this.gaps.end(message.outcome);
      case 'giveUpGaps':
        return message.reply(this.gaps.giveUp());
      default:
        return unreachable(message, 'shard replica message');
    }
  }

  /** Gives back what a replica that crashed, or is stopped before it is open, held outside itself. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#parts.budget.releaseAll();
    this.#parts.store.close();
    this.#parts.changed(this.report());
  }

  #apply(message: BatchMessage): void {
    const { log, sequence, bytes, giveBack, reserved } = message;
    const problem = decodeBatch(bytes, this.#block);
    if (problem !== undefined) {
      this.counters.malformedBatches++;
      const { stream } = this.#logs.all[log];
      this.#parts.log.error({ stream, sequence, problem }, 'skipping a broken batch');
    }
    const elapsedMs = this.#parts.clock.monotonicMs();
    this.#appliedAtMs = this.#parts.clock.nowMs();
    const arrival = this.#logs.arrive(log, message, message.pending, elapsedMs);
    const block = this.#block;
    for (let i = 0; i < block.count; i++) {
      const id = this.#ids.of(block.bytes, block.nameStart[i], block.nameEnd[i]);
      this.#queue.append(id, block.timestamps[i], block.values[i], arrival);
    }
    if (this.#tags.awaitsRemoved) this.#tags.noteReturned(block);
    giveBack?.();
    this.#parts.budget.take(block.count - reserved);
    this.counters.batchesApplied++;
    this.counters.pointsApplied += block.count;
    if (log === this.#logs.local) this.#tally.add(sequence, block.count);
    this.#noteLag();
  }

  #noteLost(lost: LostMessage): void {
    this.#countLost(lost);
    const { stream } = this.#logs.all[lost.log];
    // What is missing is known: the tally begins anew behind it.
    if (lost.log === this.#logs.local) this.#tally.restart(lost.to + 1);
    this.gaps.note('retention', this.#appliedAtMs, { ...lost, stream });
  }

  #countLost({ log, from, to }: Lost): void {
    this.counters.messagesLost += to - from + 1;
    this.#logs.skipTo(log, to);
    this.#parts.log.error(
      { stream: this.#logs.all[log].stream, from, to },
      'retention removed messages of the log before they were read',
    );
  }

  /**
   * A replica is live once it has read all its logs to their ends. It falls behind by its own datacentre's log
   * alone: points that come late from another one, when a link heals, make it no worse than it was.
   */
  #noteLag(): void {
    const { totalLag, local } = this.#logs;
    const state = this.#life.state;
    if (totalLag === 0 && state === 'replaying') this.#life.tell({ type: 'caughtUp' });
    else if (this.#logs.lag(local) > LIVE_LAG && state === 'live') {
      this.#life.tell({ type: 'fellBehind' });
    }
  }
}
