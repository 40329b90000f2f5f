import { unreachable } from '../../assert.js';
import { errorCode } from '../../errors.js';
import type { ReplicaAccounts } from '../../protocols/audit-messages.js';
import { decodeBatch } from '../../protocols/batch.js';
import type { ReplicaReport } from '../../protocols/messages.js';
import { PointBlock } from '../../protocols/points.js';
import { SequenceTally } from '../../protocols/sequence-tally.js';
import type { CheckpointFile } from '../../storage/checkpoint.js';
import type { FileMigration } from '../../storage/file-migration.js';
import type { MetricIndex } from '../../storage/metric-index.js';
import { MetricTable } from '../../storage/metric-table.js';
import { PointQueue } from '../../storage/point-queue.js';
import type { TaggedNames } from '../../storage/tags/tagged-names.js';
import type { Behaviour } from '../kernel/actor.js';
import type { LogState } from '../ports/log.js';
import { Checkpointer, type CheckpointerParts } from './checkpointer.js';
import { walkIndex } from './index-walk.js';
import type { BatchMessage, LostMessage, ReplicaMessage } from './messages.js';
import { createReplicaMachine, type ReplicaEvent, type ReplicaMachine } from './replica.machine.js';
import { ReplicaHeaders } from './replica-headers.js';
import { ReplicaLogs, type ShardLog } from './replica-logs.js';
import { ReplicaMigration } from './replica-migration.js';
import { ReplicaReads } from './replica-reads.js';
import { ReplicaTags } from './replica-tags.js';
import { Writer, type WriterParts } from './writer.js';

/** A replica this many messages behind its log replays; below it, it is live. */
export const REPLAYING_LAG = 64;
/** Open files looked at with each checkpoint, in turn: one that was removed must not take points for ever. */
const OPEN_FILES_CHECKED = 64;
/** A disk that refused writes is tried again after this long. */
const DISK_RETRY_MS = 5_000;

export interface ReplicaCounters {
  batchesApplied: number;
  pointsApplied: number;
  malformedBatches: number;
  /** Log messages that retention removed before this replica had read them. */
  messagesLost: number;
  checkpointsSaved: number;
}

/** What a replica is made of and how it is set; what writing and checkpoints need besides is its own. */
export interface ReplicaParts
  extends Omit<WriterParts, 'queue' | 'table'>,
    Omit<CheckpointerParts, 'queue' | 'table'> {
  shard: number;
  /** What it reads; see `ReplicaLogs` for their order. */
  logs: readonly ShardLog[];
  checkpointFile: CheckpointFile;
  dataFolder: string;
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
    checkpointsSaved: 0,
  };
  readonly writer: Writer;
  readonly migration: ReplicaMigration;
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
  readonly #checkpointer: Checkpointer;
  readonly #machine: ReplicaMachine;
  #diskRetryAtMs = 0;
  #isAbandoned = false;

  constructor(parts: ReplicaParts) {
    this.shard = parts.shard;
    this.#parts = parts;
    const own = { ...parts, queue: this.#queue, table: this.#table };
    this.writer = new Writer(own);
    this.#logs = new ReplicaLogs(parts.logs, parts.checkpointFile, parts.log);
    this.#checkpointer = new Checkpointer(own);
    this.migration = new ReplicaMigration(parts, this.#table);
    this.#reads = new ReplicaReads(parts, this.#table, this.#queue);
    this.#headers = new ReplicaHeaders(parts.store, this.#table);
    this.#tags = new ReplicaTags(parts, this.#table);
    this.#machine = createReplicaMachine(parts.shard);
    this.#machine.subscribe({
      next: () => parts.changed(this.report()),
      error: () => undefined, // `#tell` throws it to whom it concerns: the supervisor of this replica
    });
    this.#machine.start();
  }

  report(): ReplicaReport {
    const { local, all } = this.#logs;
    const { checkpoint, applied, logEnd } = this.#logs.report(local);
    return {
      shard: this.shard,
      state: this.#isAbandoned ? 'closed' : this.#machine.getSnapshot().value,
      checkpoint,
      applied,
      logEnd,
      mirrored: all.flatMap(({ isMirror }, log) => (isMirror ? [this.#logs.report(log)] : [])),
      queuePoints: this.#queue.points,
      rollUpsWaiting: this.#parts.store.pendingRollUps,
      dataFolder: this.#parts.dataFolder,
    };
  }

  /** What became of the points since the replica was opened; what its runner counts besides is left out. */
  accounts(): Omit<ReplicaAccounts, 'malformedBatches' | 'messagesLost'> {
    const { counters, heldBy } = this.writer;
    const sinceMs = this.#queue.longestWaitingSinceMs();
    return {
      report: this.report(),
      batches: this.counters.batchesApplied,
      applied: this.counters.pointsApplied,
      written: counters.committedPoints,
      droppedTooOld: counters.droppedTooOld,
      droppedOutOfRange: counters.droppedOutOfRange,
      droppedUnstorable: counters.droppedUnstorable,
      queued: this.#queue.points,
      oldestMs: sinceMs === undefined ? 0 : this.#parts.clock.monotonicMs() - sinceMs,
      heldBy: this.pulls ? heldBy : 'disk',
      parkedMetrics: this.#queue.parked,
      tally: this.#tally.message(),
    };
  }

  get metrics(): number {
    return this.#table.count;
  }

  get queuedMetrics(): number {
    return this.#queue.metrics;
  }

  /** While false the reader must not pull: the disk takes nothing, and the log keeps the points. */
  get pulls(): boolean {
    return !this.#machine.getSnapshot().matches('degraded');
  }

  /** Loads index and checkpoints, in slices. */
  async open(): Promise<void> {
    this.#tell({ type: 'open' });
    await walkIndex(this.#parts, this.#tags, (name) => {
      const bytes = Buffer.from(name);
      this.#idOf(bytes, 0, bytes.length);
    });
    this.#logs.load();
  }

  /**
   * Begins with a log: first of all with the one of its own datacentre.
   * @returns the sequence to read it from
   */
  follow(log: number, state: LogState): number {
    const checkpoint = this.#logs.follow(log, state);
    const first = Math.max(checkpoint + 1, state.firstSequence);
    if (log === this.#logs.local) this.#tally.restart(checkpoint + 1);
    if (this.#machine.getSnapshot().matches('recovering')) {
      this.#tell({ type: 'recovered', behind: Math.max(0, state.lastSequence - first + 1) });
    }
    return checkpoint + 1;
  }

  receive(message: ReplicaMessage): void | Promise<void> {
    switch (message.type) {
      case 'batch':
        return this.#apply(message);
      case 'lost':
        return this.#noteLost(message);
      case 'logEnd':
        this.#logs.noteEnd(message.log, message.sequence);
        return this.#noteLag();
      case 'follow':
        return message.reply(this.follow(message.log, message.state));
      case 'write':
        return message.reply(this.#write());
      case 'checkpoint':
        return this.#lookAtCheckpoint();
      case 'drain':
        return this.#drain(message.untilMs).then(message.reply, message.fail);
      case 'find':
      case 'fetch':
      case 'cached':
      case 'locate':
        return this.#reads.answer(message, this.report());
      case 'info':
      case 'setAggregationMethod':
        return this.#headers.answer(message);
      case 'tags':
      case 'changeTags':
        return this.#tags.answer(message, this.report());
      case 'migrate':
        return this.migration.answer(message, this.report());
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

  /** An event that the machine does not expect is a bug: it is thrown, and only this replica crashes. */
  #tell(event: ReplicaEvent): void {
    this.#machine.send(event);
    const snapshot = this.#machine.getSnapshot();
    if (snapshot.status === 'error') throw snapshot.error;
  }

  /** The id of the metric with the name `bytes[start, end)`, which is indexed when it is new. */
  #idOf(bytes: Uint8Array, start: number, end: number): number {
    const known = this.#table.count;
    const id = this.#table.intern(bytes, start, end);
    return id === known ? this.#indexed(id) : id;
  }

  /** Names of one file (`a..b`, `a.b`) are one metric: what is known of a file must be known once. */
  #indexed(newId: number): number {
    const { index } = this.#parts;
    const name = this.#table.name(newId);
    if (name.includes(';')) this.#tags.learn(name);
    if (index.add(name, newId)) return newId;
    const id = index.idOf(name);
    this.#table.redirect(newId, id);
    return id;
  }

  #apply({ log, sequence, pending, bytes, reserved }: BatchMessage): void {
    const problem = decodeBatch(bytes, this.#block);
    if (problem !== undefined) {
      this.counters.malformedBatches++;
      const { stream } = this.#logs.all[log];
      this.#parts.log.error({ stream, sequence, problem }, 'skipping a broken batch');
    }
    const elapsedMs = this.#parts.clock.monotonicMs();
    const arrival = this.#logs.arrive(log, sequence, pending, elapsedMs);
    const block = this.#block;
    for (let i = 0; i < block.count; i++) {
      const id = this.#idOf(block.bytes, block.nameStart[i], block.nameEnd[i]);
      this.#queue.append(id, block.timestamps[i], block.values[i], arrival);
    }
    if (this.#tags.awaitsRemoved) this.#noteReturned(block);
    this.#parts.budget.take(block.count - reserved);
    this.counters.batchesApplied++;
    this.counters.pointsApplied += block.count;
    if (log === this.#logs.local) this.#tally.add(sequence, block.count);
    this.#noteLag();
  }

  #noteReturned(block: PointBlock): void {
    for (let i = 0; i < block.count; i++) {
      this.#tags.returned(this.#table.idOf(block.bytes, block.nameStart[i], block.nameEnd[i]));
    }
  }

  #noteLost({ log, from, to }: LostMessage): void {
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
    const state = this.#machine.getSnapshot().value;
    if (totalLag === 0 && state === 'replaying') this.#tell({ type: 'caughtUp' });
    else if (this.#logs.lag(local) > REPLAYING_LAG && state === 'live') {
      this.#tell({ type: 'fellBehind' });
    }
  }

  /** One slice of writing. Returns whether more is due at once. */
  #write(): boolean {
    const { clock } = this.#parts;
    const degraded = this.#machine.getSnapshot().matches('degraded');
    if (degraded && clock.monotonicMs() < this.#diskRetryAtMs) return false;
    // A file whose name tells nothing must not be there before its name is.
    const flush = () => this.#parts.store.lettingGo(() => this.#tags.flush());
    if (!this.#onDisk(flush)) return false;
    const outcome = this.writer.slice(degraded);
    if (outcome.type === 'disk') {
      this.#diskRefused(outcome.code);
      return false;
    }
    if (degraded) this.#diskHealed();
    const more = outcome.type === 'more';
    return more && !this.#checkpointer.isLate ? true : this.#rollUp(false) || more;
  }

  #diskRefused(code: string): void {
    this.#diskRetryAtMs = this.#parts.clock.monotonicMs() + DISK_RETRY_MS;
    if (!this.#machine.getSnapshot().matches('degraded')) {
      this.#parts.log.error(
        { shard: this.shard, code, dataFolder: this.#parts.dataFolder },
        'the disk refuses writes; the log keeps the points until it takes them again',
      );
    }
    this.#tell({ type: 'diskFailed', code });
  }

  #diskHealed(): void {
    this.#tell({ type: 'diskHealed' });
    this.#noteLag();
  }

  /** Looks how far the files have come, and saves what may be saved. */
  #lookAtCheckpoint(): void {
    if (this.#machine.getSnapshot().matches('recovering')) return;
    this.#parts.store.checkOpenFiles(OPEN_FILES_CHECKED);
    this.#checkpointer.look(this.#logs.newest, (arrival) => this.#saveCheckpoint(arrival));
  }

  #saveCheckpoint(arrival: number): void {
    const isSaved = this.#onDisk(() => {
      this.#parts.store.lettingGo(() => {
        this.#tags.flush();
        this.#logs.save(arrival);
      });
    });
    if (!isSaved) return;
    this.#checkpointer.saved = arrival;
    this.counters.checkpointsSaved++;
  }

  /** Writes what it can until `untilMs`; what is left is in the log, behind the checkpoint. */
  async #drain(untilMs: number): Promise<void> {
    this.#tell({ type: 'drain' });
    const { clock, store } = this.#parts;
    while (clock.monotonicMs() < untilMs && this.#drainSlice() === 'more') await clock.yieldNow();
    this.#lookAtCheckpoint();
    store.close();
    this.#tell({ type: 'drained' });
  }

  #drainSlice(): 'more' | 'done' {
    const written = this.writer.slice(true).type;
    if (written === 'disk') return 'done';
    if (written === 'more') return 'more';
    return this.#rollUp(true) ? 'more' : 'done';
  }

  /** One slice of rolling up. Returns whether more is due at once. */
  #rollUp(eager: boolean): boolean {
    let isMoreDue = false;
    this.#onDisk(() => {
      isMoreDue = this.#checkpointer.rollUp(eager);
    });
    return isMoreDue;
  }

  /** Does what changes the disk. False if the disk refuses. */
  #onDisk(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.#diskRefused(errorCode(error) ?? 'UNKNOWN');
      return false;
    }
  }
}
