import { errorText } from '../../errors.js';
import type { LogReport } from '../../protocols/heartbeat.js';
import type { CheckpointFile, LogCheckpoint } from '../../storage/checkpoint.js';
import type { Arrival } from '../../storage/point-queue.js';
import type { TimeRange } from '../../storage/whisper/pending-roll-ups.js';
import type { LogPlace, LogState } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import { Arrivals } from './arrivals.js';

/** A log that a replica reads: that of its own datacentre, or the mirror of another one's. */
export interface ShardLog {
  datacentre: string;
  stream: string;
  isMirror: boolean;
}

/** Where reading of a log begins. */
export interface Beginning extends LogPlace {
  /**
   * `nothing`: no log was ever read; `otherLog`: the checkpoint is of another log of this name, or of messages that it has lost;
   * `newLog`: only of others.
   */
  from: 'checkpoint' | 'nothing' | 'otherLog' | 'newLog';
  /** When the checkpoint was saved, ms since the epoch; 0 where nobody knows. */
  atMs: number;
}

/** What is known of a log while the replica reads it. */
interface Followed {
  created: string;
  end: number;
  /** Up to here every point is known to be in the files. */
  saved: LogPlace;
}

/**
 * How far one replica has come in each of its logs, and the checkpoints that say so. One log is the
 * datacentre's own; mirrors of other datacentres join when they can be reached.
 */
export class ReplicaLogs {
  readonly all: readonly ShardLog[];
  readonly #file: CheckpointFile;
  readonly #log: Logger;
  readonly #arrivals: Arrivals;
  #followed: (Followed | undefined)[];
  /** As the file has them, by stream; those of logs that are not read now are kept. */
  readonly #checkpoints = new Map<string, LogCheckpoint>();

  /** @param all in an order that is the same in every datacentre: for equal timestamps the later one wins */
  constructor(all: readonly ShardLog[], file: CheckpointFile, log: Logger) {
    this.all = all;
    this.#file = file;
    this.#log = log;
    this.#arrivals = new Arrivals(all.length);
    this.#followed = all.map(() => undefined);
  }

  /** The place of the datacentre's own log. */
  get local(): number {
    return this.all.findIndex((log) => !log.isMirror);
  }

  /** The newest message that has arrived from any log. */
  get newest(): number {
    return this.#arrivals.newest;
  }

  /**
   * Loads the checkpoints; without them, or where they cannot be read, every log is read whole.
   * @returns what is owed to the coarser archives by then
   */
  load(): TimeRange | undefined {
    try {
      const { logs, owed } = this.#file.load();
      for (const saved of logs) this.#checkpoints.set(saved.stream, saved);
      return owed;
    } catch (error) {
      const { stream } = this.all[this.local];
      this.#log.error({ stream, error: errorText(error) }, 'reading the whole log');
      return undefined;
    }
  }

  /**
   * Begins with a log, or begins again with one that was made anew.
   * @returns its checkpoint: 0, so that the whole log is read again, where the saved one says nothing
   */
  follow(log: number, state: LogState): Beginning {
    return this.#begin(log, state, this.#beginningOf(this.all[log], state));
  }

  /** Begins again with all that is left of a log that has lost its end. */
  followCutBack(log: number, state: LogState): Beginning {
    const sequence = Math.max(0, state.firstSequence - 1);
    const { storedAtMs: atMs } = this.#arrivals.placesAt(this.newest)[log];
    return this.#begin(log, state, { sequence, storedAtMs: 0, from: 'otherLog', atMs });
  }

  #begin(log: number, state: LogState, beginning: Beginning): Beginning {
    const { sequence, storedAtMs } = beginning;
    const saved = { sequence, storedAtMs };
    this.#followed[log] = { created: state.created, end: state.lastSequence, saved };
    this.#arrivals.restart(log, saved);
    return beginning;
  }

  /** A message has come; what the queue has to know of it. */
  arrive(log: number, place: LogPlace, pending: number, atMs: number): Arrival {
    const { sequence, storedAtMs } = place;
    this.noteEnd(log, sequence + pending);
    return { order: this.#arrivals.add(log, { sequence, storedAtMs }), log, sequence, atMs };
  }

  /** Messages up to `sequence` will not come any more. */
  skipTo(log: number, sequence: number): void {
    if (sequence > this.#arrivals.sequence(log))
      this.#arrivals.add(log, { sequence, storedAtMs: 0 });
  }

  noteEnd(log: number, sequence: number): void {
    const followed = this.#followed[log];
    if (followed !== undefined) followed.end = Math.max(followed.end, sequence);
  }

  /** A look has found that a log ends there: before what was said once where it has lost messages that were not read yet. */
  foundEnd(log: number, sequence: number): void {
    const followed = this.#followed[log];
    // A mirror that is being made again reaches the sequences of its origin only after a while.
    if (followed === undefined || this.all[log].isMirror) this.noteEnd(log, sequence);
    else followed.end = Math.max(sequence, this.#arrivals.sequence(log));
  }

  /** Messages of a log that have not come yet. */
  lag(log: number): number {
    return Math.max(0, (this.#followed[log]?.end ?? 0) - this.#arrivals.sequence(log));
  }

  /** Messages of all logs that have not come yet. */
  get totalLag(): number {
    return this.all.reduce((total, _, log) => total + this.lag(log), 0);
  }

  /** Every point that had arrived by then is in the files, but for what is owed: saves that. Throws what the disk says. */
  save(order: number, owed: TimeRange | undefined, nowMs: number): void {
    const places = this.#arrivals.placesAt(order);
    const reached = this.#followed.map(
      (followed, log) => followed && { ...followed, saved: later(followed.saved, places[log]) },
    );
    const next = new Map(this.#checkpoints);
    reached.forEach((followed, log) => {
      if (followed === undefined) return;
      const { stream } = this.all[log];
      next.set(stream, { stream, created: followed.created, ...followed.saved, atMs: nowMs });
    });
    this.#file.save({ logs: [...next.values()], ...(owed && { owed }) });
    for (const [stream, checkpoint] of next) this.#checkpoints.set(stream, checkpoint);
    this.#followed = reached;
    this.#arrivals.forgetBefore(order);
  }

  report(log: number): LogReport {
    const followed = this.#followed[log];
    return {
      datacentre: this.all[log].datacentre,
      checkpoint:
        followed?.saved.sequence ?? this.#checkpoints.get(this.all[log].stream)?.sequence ?? 0,
      applied: this.#arrivals.sequence(log),
      logEnd: followed?.end ?? 0,
    };
  }

  #beginningOf({ stream, isMirror }: ShardLog, log: LogState): Beginning {
    const saved = this.#checkpoints.get(stream);
    if (saved === undefined) {
      const from = this.#checkpoints.size === 0 ? 'nothing' : 'newLog';
      return { sequence: 0, storedAtMs: 0, from, atMs: 0 };
    }
    const { sequence, storedAtMs = 0, atMs = 0 } = saved;
    // A mirror that is being made again has the sequences of its origin, and reaches them only after a while.
    const reachesIt = isMirror || saved.sequence <= log.lastSequence;
    if (saved.created === log.created && reachesIt)
      return { sequence, storedAtMs, from: 'checkpoint', atMs };
    this.#log.warn(
      { stream, saved, log },
      'the checkpoint is of another log; reading the whole log',
    );
    return { sequence: 0, storedAtMs: 0, from: 'otherLog', atMs };
  }
}

function later(a: LogPlace, b: LogPlace): LogPlace {
  return b.sequence > a.sequence ? b : a;
}
