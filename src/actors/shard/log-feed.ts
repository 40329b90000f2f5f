import { errorText } from '../../errors.js';
import { pointsAtMost } from '../../protocols/batch.js';
import { type Clock, sleep } from '../ports/clock.js';
import type { LogReader, LogState } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import type { BudgetShare } from './budget.js';
import type { ReplicaMessage } from './messages.js';
import type { ReplayTurn, ReplayTurns } from './replay-turns.js';

const DEGRADED_POLL_MS = 500;

/** The replica that a feed feeds. */
export interface Fed {
  /** While false nothing is pulled. */
  readonly pulls: boolean;
  /** Resolves when the mailbox had room. */
  send(message: ReplicaMessage): Promise<void>;
  /** Tells it of a log; resolves with the sequence to read it from. */
  follow(log: number, state: LogState): Promise<number>;
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
 * there yet is read once it is, and one that was made anew is read from its beginning.
 */
export class LogFeed {
  readonly #log: number;
  readonly #stream: string;
  readonly #fed: Fed;
  readonly #parts: FeedParts;
  readonly #turn: ReplayTurn;
  #created: string | undefined;
  #reading = new AbortController();
  #isStopped = false;

  /** @param log the place of the log among those of the replica */
  constructor(log: number, stream: string, fed: Fed, parts: FeedParts) {
    this.#log = log;
    this.#stream = stream;
    this.#fed = fed;
    this.#parts = parts;
    this.#turn = parts.turns.turn();
  }

  /** Looks whether the log is there, is still the one that is read, and how far it goes. */
  async look(): Promise<void> {
    let state: LogState;
    try {
      state = await this.#parts.reader.state(this.#stream, 'fail');
    } catch (error) {
      const fields = { stream: this.#stream, error: errorText(error) };
      this.#parts.logger.debug(fields, 'no end of the log');
      return;
    }
    if (this.#isStopped) return;
    if (state.created !== this.#created) await this.#begin(state);
    else this.#send({ type: 'logEnd', log: this.#log, sequence: state.lastSequence });
  }

  /** Reads the log from `next` on until the feed is stopped, or the log is made anew. */
  read(created: string, next: number): void {
    this.#created = created;
    this.#reading = new AbortController();
    this.#pull(next, this.#reading.signal).catch((error) => this.#fail(error));
  }

  stop(): void {
    this.#isStopped = true;
    this.#reading.abort();
    this.#turn.leave();
  }

  async #begin(state: LogState): Promise<void> {
    if (this.#created !== undefined) {
      const { logger } = this.#parts;
      logger.warn({ stream: this.#stream, log: state }, 'the log was made anew; reading all of it');
    }
    this.#created = state.created;
    this.#reading.abort();
    this.#turn.leave();
    try {
      const next = await this.#fed.follow(this.#log, state);
      if (!this.#isStopped) this.read(state.created, next);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #pull(next: number, signal: AbortSignal): Promise<void> {
    const { reader, budget, clock } = this.#parts;
    const onLost = (from: number, to: number): void => {
      if (!signal.aborted) this.#send({ type: 'lost', log: this.#log, from, to });
    };
    for await (const message of reader.read(this.#stream, next, signal, onLost)) {
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
