import { errorCode, errorText } from '../../errors.js';
import type { MetricTable } from '../../storage/metric-table.js';
import { type PointQueue, QueuedPoints } from '../../storage/point-queue.js';
import type { WhisperStore } from '../../storage/whisper/store.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { QueueBudget } from './budget.js';

/** Longest time in one go, so that sockets, timers and queries get their turn. */
const SLICE_MS = 5;
/** A file that cannot be written is tried again after this long; its points stay in the queue. */
const RETRY_FILE_MS = 10_000;
/** Errors that say the whole disk takes no writes, not one file. */
const DISK_CODES = new Set(['ENOSPC', 'EROFS', 'EIO', 'EDQUOT']);
/** Errors that no later try can mend: no file of that name can exist. */
const UNSTORABLE_CODES = new Set(['ENAMETOOLONG', 'EINVAL', 'ERR_INVALID_ARG_VALUE', 'EILSEQ']);

/** `idle`: nothing is due; `more`: the slice is over; a code: the disk refuses writes. */
export type SliceOutcome = { type: 'idle' } | { type: 'more' } | { type: 'disk'; code: string };

export interface WriterCounters {
  updateOperations: number;
  /** Time spent in slices of writing. */
  writeMs: number;
  committedPoints: number;
  creates: number;
  errors: number;
  /** Points older than every archive of their metric. */
  droppedTooOld: number;
  /** Points whose timestamp does not fit whisper's 32 bits. */
  droppedOutOfRange: number;
  /** Points whose metric cannot have a file (its name is too long for the file system). */
  droppedUnstorable: number;
}

/** Writes a replica's queued points into whisper files, metric by metric, the longest-waiting first. */
export class Writer {
  readonly counters: WriterCounters = {
    updateOperations: 0,
    writeMs: 0,
    committedPoints: 0,
    creates: 0,
    errors: 0,
    droppedTooOld: 0,
    droppedOutOfRange: 0,
    droppedUnstorable: 0,
  };
  readonly #queue: PointQueue;
  readonly #table: MetricTable;
  readonly #store: WhisperStore;
  readonly #budget: QueueBudget;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #writeDelayMs: number;
  readonly #points = new QueuedPoints();
  /** When to try again the metrics whose file could not be written. */
  readonly #retryAtMs = new Map<number, number>();
  /** Where the next slice goes on, so that it does not look at all files that cannot be written again. */
  #resumeAt: number | undefined;

  /** @param writeDelayMs how long points wait for more points of their metric; the log holds them meanwhile */
  constructor(options: {
    queue: PointQueue;
    table: MetricTable;
    store: WhisperStore;
    budget: QueueBudget;
    clock: Clock;
    log: Logger;
    writeDelayMs: number;
  }) {
    this.#queue = options.queue;
    this.#table = options.table;
    this.#store = options.store;
    this.#budget = options.budget;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#writeDelayMs = options.writeDelayMs;
  }

  /** Writes what is due, for one slice. `eager` writes everything, due or not. */
  slice(eager: boolean): SliceOutcome {
    const startedMs = this.#clock.monotonicMs();
    const outcome = this.#slice(eager, startedMs);
    this.counters.writeMs += this.#clock.monotonicMs() - startedMs;
    return outcome;
  }

  #slice(eager: boolean, startedMs: number): SliceOutcome {
    const dueBeforeMs =
      eager || this.#budget.pressed ? Number.POSITIVE_INFINITY : startedMs - this.#writeDelayMs;
    const nowS = this.#clock.nowMs() / 1000;
    let id = this.#resumeAt ?? this.#queue.oldest();
    this.#resumeAt = undefined;
    while (id !== undefined && this.#queue.waitingSinceMs(id) <= dueBeforeMs) {
      const next = this.#queue.following(id);
      const elapsedMs = this.#clock.monotonicMs();
      if (!this.#isParked(id, elapsedMs)) {
        const disk = this.#write(id, nowS, elapsedMs);
        if (disk !== undefined) return { type: 'disk', code: disk };
      }
      if (elapsedMs - startedMs >= SLICE_MS && next !== undefined) {
        this.#resumeAt = next;
        return { type: 'more' };
      }
      id = next;
    }
    return { type: 'idle' };
  }

  #isParked(id: number, elapsedMs: number): boolean {
    if (this.#retryAtMs.size === 0) return false;
    const retryAtMs = this.#retryAtMs.get(id);
    return retryAtMs !== undefined && retryAtMs > elapsedMs;
  }

  /** Writes one metric. Returns the error code when the disk as a whole refused. */
  #write(id: number, nowS: number, elapsedMs: number): string | undefined {
    const points = this.#points;
    this.#queue.copy(id, points);
    try {
      const outcome = this.#store.write(
        id,
        () => this.#table.name(id),
        points.timestamps,
        points.values,
        points.count,
        nowS,
      );
      this.counters.updateOperations++;
      this.counters.committedPoints += outcome.written;
      this.counters.droppedTooOld += outcome.droppedTooOld;
      this.counters.droppedOutOfRange += outcome.droppedOutOfRange;
      if (outcome.created) this.counters.creates++;
    } catch (error) {
      this.counters.errors++;
      const code = errorCode(error) ?? 'UNKNOWN';
      if (DISK_CODES.has(code)) return code;
      if (!UNSTORABLE_CODES.has(code)) {
        this.#park(id, elapsedMs, error);
        return undefined;
      }
      this.counters.droppedUnstorable += points.count;
      this.#log.warn({ metric: this.#table.name(id), code }, 'no file can have this name');
    }
    this.#retryAtMs.delete(id);
    this.#queue.remove(id);
    this.#budget.release(points.count);
    return undefined;
  }

  #park(id: number, elapsedMs: number, error: unknown): void {
    if (!this.#retryAtMs.has(id)) {
      const metric = this.#table.name(id);
      this.#log.error({ metric, error: errorText(error) }, 'cannot write a file; trying again');
    }
    this.#retryAtMs.set(id, elapsedMs + RETRY_FILE_MS);
  }
}
