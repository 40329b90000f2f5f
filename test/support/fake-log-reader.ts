import type { LogMessage, LogReader, LogState } from '../../src/actors/ports/log.js';

/** The log of one shard, in memory; it can lose its oldest messages and be made anew. */
export class FakeLogReader implements LogReader {
  /** Where each call of `read` began. */
  readonly readFrom: number[] = [];
  /** How many messages were handed to readers. */
  delivered = 0;
  /** Thrown by the next `read`. */
  failure: Error | undefined;
  #created = 1;
  #first = 1;
  #messages: Uint8Array[] = [];
  readonly #waiting = new Set<() => void>();
  #stateGate: Promise<void> | undefined;

  append(bytes: Uint8Array): number {
    this.#messages.push(bytes);
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
  ): AsyncGenerator<LogMessage> {
    this.readFrom.push(fromSequence);
    const wake = (): void => this.#wake();
    signal.addEventListener('abort', wake);
    for (let next = fromSequence; !signal.aborted; ) {
      if (this.failure !== undefined) {
        const { failure } = this;
        this.failure = undefined;
        throw failure;
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
      yield {
        sequence: next,
        bytes: this.#messages[next - this.#first],
        pending: this.lastSequence - next,
      };
      next++;
    }
    signal.removeEventListener('abort', wake);
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
