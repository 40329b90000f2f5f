import { errorCode, errorText } from '../../errors.js';
import type { WriteHold } from '../../protocols/audit-messages.js';
import { isUnnameable } from '../../storage/files.js';
import type { MetricTable } from '../../storage/metric-table.js';
import { type PointQueue, QueuedPoints } from '../../storage/point-queue.js';
import type { WhisperStore } from '../../storage/whisper/store.js';
import { WriteOrder, type WriteStrategy } from '../../storage/write-order.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { BudgetShare } from './budget.js';
import { ParkedMetrics } from './parked-metrics.js';
import type { RateLimit } from './rate-limit.js';

/** Longest time in one go, so that sockets, timers and queries get their turn. */
const SLICE_MS = 5;
/** Errors that say the whole disk takes no writes, or the process no more files: not one file. */
const DISK_CODES = new Set(['ENOSPC', 'EROFS', 'EIO', 'EDQUOT', 'EMFILE', 'ENFILE']);
/** So many files that cannot be written are named in the log at a time; `errors` counts all. */
const NAMED_FILES_MAX = 20;

/** `idle`: nothing is due or allowed; `more`: the slice is over; a code: the disk refuses writes. */
export type SliceOutcome = { type: 'idle' } | { type: 'more' } | { type: 'disk'; code: string };

export interface WriterCounters {
  updateOperations: number;
  /** Time spent in slices of writing. */
  writeMs: number;
  committedPoints: number;
  creates: number;
  /** Metrics whose file was put off by MAX_CREATES_PER_MINUTE; their points are readable from the queue. */
  deferredCreates: number;
  errors: number;
  /** Points older than every archive of their metric. */
  droppedTooOld: number;
  /** Points whose timestamp does not fit whisper's 32 bits. */
  droppedOutOfRange: number;
  /** Points whose metric cannot have a file (its name is too long for the file system). */
  droppedUnstorable: number;
}

export interface WriterParts {
  queue: PointQueue;
  table: MetricTable;
  store: WhisperStore;
  budget: BudgetShare;
  clock: Clock;
  log: Logger;
  /** How long points wait for more points of their metric; the log holds them meanwhile. */
  writeDelayMs: number;
  strategy: WriteStrategy;
  /** Of the node: updates, and files made. */
  updates: RateLimit;
  creates: RateLimit;
  /** Told of a metric whose file was damaged, and was made anew. */
  madeAnew: (name: string) => void;
}

/** Writes a replica's queued points into whisper files, metric by metric, in the order of the strategy. */
export class Writer {
  readonly counters: WriterCounters = {
    updateOperations: 0,
    writeMs: 0,
    committedPoints: 0,
    creates: 0,
    deferredCreates: 0,
    errors: 0,
    droppedTooOld: 0,
    droppedOutOfRange: 0,
    droppedUnstorable: 0,
  };
  readonly #parts: WriterParts;
  readonly #order: WriteOrder;
  readonly #parked: ParkedMetrics;
  readonly #points = new QueuedPoints();
  /** The last slice ended since the node may make no more updates for now. */
  #isRateLimited = false;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#order = new WriteOrder(parts.queue, parts.strategy);
    this.#parked = new ParkedMetrics(parts.queue);
  }

  /** What keeps points that are due from being written; the disk as a whole is the replica's matter. */
  get heldBy(): Exclude<WriteHold, 'disk'> | null {
    if (this.#isRateLimited) return 'updates';
    if (this.#parked.refused > 0) return 'files';
    return this.#parked.deferred > 0 ? 'creates' : null;
  }

  /** Writes what is due, for one slice. `eager` writes everything, due or not. */
  slice(eager: boolean): SliceOutcome {
    const startedMs = this.#parts.clock.monotonicMs();
    const outcome = this.#slice(eager, startedMs);
    this.counters.writeMs += this.#parts.clock.monotonicMs() - startedMs;
    return outcome;
  }

  #slice(eager: boolean, startedMs: number): SliceOutcome {
    const { budget, clock, updates } = this.#parts;
    const dueBeforeMs =
      eager || budget.pressed ? Number.POSITIVE_INFINITY : startedMs - this.#parts.writeDelayMs;
    const nowS = clock.nowMs() / 1000;
    for (;;) {
      const nowMs = clock.monotonicMs();
      if (nowMs - startedMs >= SLICE_MS) return { type: 'more' };
      this.#isRateLimited = !updates.allows(nowMs);
      if (this.#isRateLimited) return { type: 'idle' };
      const id = this.#next(dueBeforeMs, nowMs);
      if (id === undefined) return { type: 'idle' };
      updates.take(nowMs);
      const disk = this.#write(id, nowS, nowMs);
      if (disk !== undefined) return { type: 'disk', code: disk };
    }
  }

  /** The next metric that may be written: a parked one whose time has come, or one that is due. */
  #next(dueBeforeMs: number, nowMs: number): number | undefined {
    const { creates, store, table } = this.#parts;
    if (!this.#parked.isEmpty) {
      const parked = this.#parked.next(nowMs, () => creates.take(nowMs));
      if (parked !== undefined) return parked;
    }
    for (;;) {
      const id = this.#order.next(dueBeforeMs);
      if (id === undefined || creates.unlimited) return id;
      if (store.hasFile(id, () => table.name(id)) || creates.take(nowMs)) return id;
      this.#parked.deferCreate(id);
      this.counters.deferredCreates++;
    }
  }

  /** Writes one metric. Returns the error code when the disk as a whole refused. */
  #write(id: number, nowS: number, nowMs: number): string | undefined {
    const { queue, table, store } = this.#parts;
    const points = this.#points;
    queue.copy(id, points);
    try {
      const { timestamps, values, count } = points;
      const outcome = store.write(id, () => table.name(id), timestamps, values, count, nowS);
      this.counters.updateOperations++;
      this.counters.committedPoints += outcome.written;
      this.counters.droppedTooOld += outcome.droppedTooOld;
      this.counters.droppedOutOfRange += outcome.droppedOutOfRange;
      if (outcome.created) this.counters.creates++;
      if (outcome.quarantined) this.#parts.madeAnew(table.name(id));
    } catch (error) {
      if (!this.#isUnstorable(id, error)) return this.#refused(id, nowMs, error);
      this.counters.droppedUnstorable += points.count;
    }
    if (!this.#parked.isEmpty) this.#parked.forget(id);
    queue.remove(id);
    this.#parts.budget.release(points.count);
    return undefined;
  }

  #isUnstorable(id: number, error: unknown): boolean {
    this.counters.errors++;
    if (!isUnnameable(error)) return false;
    const code = errorCode(error);
    this.#parts.log.warn(
      { metric: this.#parts.table.name(id), code },
      'no file can have this name',
    );
    return true;
  }

  /** Returns the code when the disk refused; a file that cannot be written is tried again later. */
  #refused(id: number, nowMs: number, error: unknown): string | undefined {
    const code = errorCode(error) ?? 'UNKNOWN';
    if (DISK_CODES.has(code)) return code;
    const isNew = this.#parked.failed(id, nowMs) === 'first';
    if (isNew && this.#parked.refused <= NAMED_FILES_MAX) {
      const metric = this.#parts.table.name(id);
      this.#parts.log.error(
        { metric, error: errorText(error) },
        'cannot write a file; trying again',
      );
    }
    return undefined;
  }
}
