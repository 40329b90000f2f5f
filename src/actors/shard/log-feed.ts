import { errorCode, errorText } from '../../errors.js';
import { pointsAtMost } from '../../protocols/batch.js';
import { LogLooks } from '../logs/log-looks.js';
import { type Clock, sleep } from '../ports/clock.js';
import { LOG_CUT_BACK, type LogReader, type LogState } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import type { BudgetShare } from './budget.js';
import type { LogStart, ReplicaMessage } from './messages.js';
import type { ReplayTurn, ReplayTurns } from './replay-turns.js';
import type { ShardLog } from './replica-logs.js';

const DEGRADED_POLL_MS = 500;
/** A log that is shorter than what was read, in so many looks one after the other, has lost its end: who leads it may have to catch up. */
const SHORT_LOOKS = 2;

/** The replica that a feed feeds. */
export interface Fed {
  /** While false nothing is pulled. */
  readonly pulls: boolean;
  /** Resolves when the mailbox had room. */
  send(message: ReplicaMessage): Promise<void>;
  /** Tells it of a log, or that it has lost its end; resolves with where to read it from. */
  follow(log: number, state: LogState, isCutBack: boolean): Promise<LogStart>;
}

export interface FeedParts {
  reader: LogReader;
  budget: BudgetShare;
  /** For each log that is read, its part in the replays of the node. */
  turns: ReplayTurns;
  clock: Clock;
  logger: Logger;
  /** A failure to read or to deliver: the replica has to be opened again. */
  failed: (error: unknown) => void;
}

/**
 * Reads one log into a replica's mailbox, as fast as the node's budget and the replica allow. A log that is not
 * there yet is read once it is, and one that was made anew, or has lost its end, is read from its beginning.
 */
export class LogFeed {
  readonly #log: number;
  readonly #stream: string;
  readonly #isMirror: boolean;
  readonly #fed: Fed;
  readonly #parts: FeedParts;
  readonly #turn: ReplayTurn;
  readonly #looks = new LogLooks();
  #created: string | undefined;
  #reading = new AbortController();
  /** The newest sequence that was read, and how often the log was seen to end before it. */
  #newest = 0;
  #shortLooks = 0;
  #isStopped = false;

  /** @param log the place of the log among those of the replica */
  constructor(log: number, { stream, isMirror }: ShardLog, fed: Fed, parts: FeedParts) {
    this.#log = log;
    this.#stream = stream;
    this.#isMirror = isMirror;
    this.#fed = fed;
    this.#parts = parts;
    this.#turn = parts.turns.turn();
  }

  /** Looks whether the log is there, is still the one that is read, and how far it goes; where nothing comes not each time. */
  async look(): Promise<void> {
    const { reader } = this.#parts;
    if (!this.#looks.isDue(reader.losses)) return;
    let state: LogState;
    const newest = this.#newest;
    try {
      state = await reader.state(this.#stream, 'fail');
    } catch (error) {
      const fields = { stream: this.#stream, error: errorText(error) };
      this.#parts.logger.debug(fields, 'no end of the log');
      return;
    }
    if (this.#isStopped) return;
    this.#looks.found(state.lastSequence);
    if (state.created !== this.#created) await this.#begin(state);
    else if (this.#isCutBack(state, newest)) await this.#begin(state, true);
    else this.#send({ type: 'logEnd', log: this.#log, sequence: state.lastSequence });
  }

  /** Reads the log until the feed is stopped, or the log is made anew. */
  read(created: string, start: LogStart): void {
    this.#created = created;
    this.#reading = new AbortController();
    this.#newest = start.next - 1;
    this.#shortLooks = 0;
    this.#pull(start, this.#reading.signal).catch((error) => this.#fail(error));
  }

  stop(): void {
    this.#isStopped = true;
    this.#reading.abort();
    this.#turn.leave();
  }

  /** @param newest that had been read before the log was asked */
  #isCutBack({ lastSequence }: LogState, newest: number): boolean {
    // A mirror that is being made again reaches the sequences of its origin only after a while.
    this.#shortLooks = lastSequence < newest && !this.#isMirror ? this.#shortLooks + 1 : 0;
    if (this.#shortLooks > 0) this.#looks.moved();
    return this.#shortLooks === SHORT_LOOKS;
  }

  async #begin(state: LogState, isCutBack = false): Promise<void> {
    if (this.#created !== undefined) {
      const what = isCutBack ? 'the log has lost its end' : 'the log was made anew';
      this.#parts.logger.warn({ stream: this.#stream, log: state }, `${what}; reading all of it`);
    }
    this.#created = state.created;
    this.#reading.abort();
    this.#turn.leave();
    try {
      const start = await this.#fed.follow(this.#log, state, isCutBack);
      if (!this.#isStopped) this.read(state.created, start);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #pull(start: LogStart, signal: AbortSignal): Promise<void> {
    try {
      await this.#pullAll(start, signal);
    } catch (error) {
      if (errorCode(error) !== LOG_CUT_BACK) throw error;
      const state = await this.#parts.reader.state(this.#stream, 'wait');
      if (!signal.aborted) await this.#begin(state, true);
    }
  }

  async #pullAll({ next, before }: LogStart, signal: AbortSignal): Promise<void> {
    const { reader, budget, clock } = this.#parts;
    const onLost = (from: number, to: number): void => {
      if (!signal.aborted) this.#send({ type: 'lost', log: this.#log, from, to });
    };
    for await (const message of reader.read(this.#stream, next, signal, onLost, before)) {
      this.#newest = message.sequence;
      this.#looks.moved();
      if (!budget.hasRoom || !this.#fed.pulls) this.#turn.release();
      await budget.room();
      while (!this.#fed.pulls && !signal.aborted) await sleep(clock, DEGRADED_POLL_MS);
      await this.#turn.next(message.pending, message.bytes.length, signal);
      if (signal.aborted) return;
      // How many points it has shows when it is decoded: until then as many as can be.
      const reserved = pointsAtMost(message.bytes);
      budget.take(reserved);
      await this.#fed.send({ type: 'batch', log: this.#log, reserved, ...message });
    }
  }

  #send(message: ReplicaMessage): void {
    this.#fed.send(message).catch((error) => this.#fail(error));
  }

  #fail(error: unknown): void {
    if (!this.#isStopped) this.#parts.failed(error);
  }
}
