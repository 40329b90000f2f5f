import { errorText } from '../../errors.js';
import type { LogReport } from '../../protocols/heartbeat.js';
import type { CheckpointFile, LogCheckpoint } from '../../storage/checkpoint.js';
import type { Arrival } from '../../storage/point-queue.js';
import type { LogState } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import { Arrivals } from './arrivals.js';

/** A log that a replica reads: that of its own datacentre, or the mirror of another one's. */
export interface ShardLog {
  datacentre: string;
  stream: string;
  isMirror: boolean;
}

/** Where reading of a log begins. */
export interface Beginning {
  /** The checkpoint; 0 where nothing is known of this log. */
  sequence: number;
  /** `nothing`: no log was ever read; `otherLog`: the checkpoint is of another log of this name; `newLog`: only of others. */
  from: 'checkpoint' | 'nothing' | 'otherLog' | 'newLog';
  /** When the checkpoint was saved, ms since the epoch; 0 where nobody knows. */
  atMs: number;
}

/** What is known of a log while the replica reads it. */
interface Followed {
  created: string;
  end: number;
  /** Up to here every point is known to be in the files. */
  saved: number;
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
  readonly #followed: (Followed | undefined)[];
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

  /** Loads the checkpoints; without them, or where they cannot be read, every log is read whole. */
  load(): void {
    try {
      for (const saved of this.#file.load()) this.#checkpoints.set(saved.stream, saved);
    } catch (error) {
      const { stream } = this.all[this.local];
      this.#log.error({ stream, error: errorText(error) }, 'reading the whole log');
    }
  }

  /**
   * Begins with a log, or begins again with one that was made anew.
   * @returns its checkpoint: 0, so that the whole log is read again, where the saved one says nothing
   */
  follow(log: number, state: LogState): Beginning {
    const beginning = this.#beginningOf(this.all[log], state);
    const { sequence } = beginning;
    this.#followed[log] = { created: state.created, end: state.lastSequence, saved: sequence };
    this.#arrivals.restart(log, sequence);
    return beginning;
  }

  /** A message has come; what the queue has to know of it. */
  arrive(log: number, sequence: number, pending: number, atMs: number): Arrival {
    this.noteEnd(log, sequence + pending);
    return { order: this.#arrivals.add(log, sequence), log, sequence, atMs };
  }

  /** Messages up to `sequence` will not come any more. */
  skipTo(log: number, sequence: number): void {
    this.#arrivals.add(log, Math.max(sequence, this.#arrivals.sequence(log)));
  }

  noteEnd(log: number, sequence: number): void {
    const followed = this.#followed[log];
    if (followed !== undefined) followed.end = Math.max(followed.end, sequence);
  }

  /** Messages of a log that have not come yet. */
  lag(log: number): number {
    return Math.max(0, (this.#followed[log]?.end ?? 0) - this.#arrivals.sequence(log));
  }

  /** Messages of all logs that have not come yet. */
  get totalLag(): number {
    return this.all.reduce((total, _, log) => total + this.lag(log), 0);
  }

  /** Every point that had arrived by then is in the files: saves that. Throws what the disk says. */
  save(order: number, nowMs: number): void {
    const sequences = this.#arrivals.sequencesAt(order);
    const next = new Map(this.#checkpoints);
    this.#followed.forEach((followed, log) => {
      if (followed === undefined) return;
      const { stream } = this.all[log];
      const sequence = Math.max(followed.saved, sequences[log]);
      next.set(stream, { stream, created: followed.created, sequence, atMs: nowMs });
    });
    this.#file.save([...next.values()]);
    for (const [stream, checkpoint] of next) this.#checkpoints.set(stream, checkpoint);
    this.#followed.forEach((followed, log) => {
      if (followed) followed.saved = Math.max(followed.saved, sequences[log]);
    });
    this.#arrivals.forgetBefore(order);
  }

  report(log: number): LogReport {
    const followed = this.#followed[log];
    return {
      datacentre: this.all[log].datacentre,
      checkpoint: followed?.saved ?? this.#checkpoints.get(this.all[log].stream)?.sequence ?? 0,
      applied: this.#arrivals.sequence(log),
      logEnd: followed?.end ?? 0,
    };
  }

  #beginningOf({ stream, isMirror }: ShardLog, log: LogState): Beginning {
    const saved = this.#checkpoints.get(stream);
    if (saved === undefined) {
      const from = this.#checkpoints.size === 0 ? 'nothing' : 'newLog';
      return { sequence: 0, from, atMs: 0 };
    }
    const { sequence, atMs = 0 } = saved;
    // A mirror that is being made again has the sequences of its origin, and reaches them only after a while.
    const reachesIt = isMirror || saved.sequence <= log.lastSequence;
    if (saved.created === log.created && reachesIt) return { sequence, from: 'checkpoint', atMs };
    this.#log.warn(
      { stream, saved, log },
      'the checkpoint is of another log; reading the whole log',
    );
    return { sequence: 0, from: 'otherLog', atMs };
  }
}
