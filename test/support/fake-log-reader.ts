import {
  LOG_CUT_BACK,
  type LogMessage,
  type LogPlace,
  type LogReader,
  type LogState,
} from '../../src/actors/ports/log.js';
import { CarbonbusError } from '../../src/errors.js';

interface Stored {
  bytes: Uint8Array;
  storedAtMs: number;
}

/** The log of one shard, in memory; it can lose its oldest messages or its newest, and be made anew. */
export class FakeLogReader implements LogReader {
  /** Where each call of `read` began. */
  readonly readFrom: number[] = [];
  /** How many messages were handed to readers. */
  delivered = 0;
  /** Thrown by the next `read`. */
  failure: Error | undefined;
  #created = 1;
  #first = 1;
  #messages: Stored[] = [];
  #stored = 0;
  /** How often its server was started. */
  #starts = 0;
  readonly #waiting = new Set<() => void>();
  #stateGate: Promise<void> | undefined;

  append(bytes: Uint8Array): number {
    this.#messages.push({ bytes, storedAtMs: ++this.#stored });
    this.#wake();
    return this.lastSequence;
  }

  get lastSequence(): number {
    return this.#first + this.#messages.length - 1;
  }

  /** Retention removes everything below `first`. */
  removeBefore(first: number): void {
    this.#messages.splice(0, first - this.#first);
    this.#first = first;
  }

  /** The server comes back after a power cut that has taken everything behind `last`. */
  cutBack(last: number): void {
    this.#messages.splice(last + 1 - this.#first);
    this.#starts++;
    this.#wake();
  }

  /** The stream is deleted and made again, empty. */
  makeAnew(): void {
    this.#created++;
    this.#wake();
    this.#first = 1;
    this.#messages = [];
  }

  /** The stream cannot be asked until `gate` resolves. */
  holdState(gate: Promise<void>): void {
    this.#stateGate = gate;
  }

  get losses(): number {
    return this.#starts;
  }

  async state(): Promise<LogState> {
    await this.#stateGate;
    return {
      created: `made ${this.#created}`,
      firstSequence: this.#first,
      lastSequence: this.lastSequence,
    };
  }

  async *read(
    _stream: string,
    fromSequence: number,
    signal: AbortSignal,
    onLost: (from: number, to: number) => void,
    before?: LogPlace,
  ): AsyncGenerator<LogMessage> {
    this.readFrom.push(fromSequence);
    let last = before?.storedAtMs && before.sequence === fromSequence - 1 ? before : undefined;
    let lookedAt = -1;
    const wake = (): void => this.#wake();
    signal.addEventListener('abort', wake);
    for (let next = fromSequence; !signal.aborted; ) {
      if (this.failure !== undefined) {
        const { failure } = this;
        this.failure = undefined;
        throw failure;
      }
      if (last !== undefined && lookedAt < this.#starts && this.#reaches(last)) {
        this.#check(last);
        lookedAt = this.#starts;
      }
      if (next < this.#first) {
        onLost(next, this.#first - 1);
        next = this.#first;
      }
      if (next > this.lastSequence) {
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
        continue;
      }
      this.delivered++;
      const message = { sequence: next, ...this.#messages[next - this.#first] };
      last = message;
      if (lookedAt < 0) lookedAt = this.#starts;
      yield { ...message, pending: this.lastSequence - next };
      next++;
    }
    signal.removeEventListener('abort', wake);
  }

  #reaches({ sequence }: LogPlace): boolean {
    return sequence >= this.#first && sequence <= this.lastSequence;
  }

  #check({ sequence, storedAtMs }: LogPlace): void {
    if (this.#messages[sequence - this.#first].storedAtMs !== storedAtMs)
      throw new CarbonbusError(LOG_CUT_BACK, `another message ${sequence}`);
  }

  /** Makes waiting readers look again. */
  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** The next reader, or the one that waits, fails. */
  fail(error: Error): void {
    this.failure = error;
    this.#wake();
  }
}

/** Several logs; one that is not found cannot be reached. */
export class FakeLogs implements LogReader {
  losses = 0;
  readonly #find: (stream: string) => FakeLogReader | undefined;

  constructor(find: (stream: string) => FakeLogReader | undefined) {
    this.#find = find;
  }

  async state(stream: string): Promise<LogState> {
    return this.#log(stream).state();
  }

  read(...args: Parameters<LogReader['read']>): AsyncGenerator<LogMessage> {
    return this.#log(args[0]).read(...args);
  }

  #log(stream: string): FakeLogReader {
    const log = this.#find(stream);
    if (log === undefined) throw new Error(`there is no ${stream}`);
    return log;
  }
}
