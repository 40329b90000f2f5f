import type { SimulatedProcess } from './simulated-process.js';
import type { SimulatedTime } from './simulated-time.js';

/** As our streams are made: how long a message id is remembered. */
const DUPLICATE_WINDOW_MS = 120_000;
/** A message of the ingestion stream that nobody acknowledged for so long is delivered again. */
const ACK_WAIT_MS = 15_000;

/** A stream of nats-server, in memory. */
export class SimulatedLog {
  readonly created: string;
  first = 1;
  /** Every message that ever was: retention takes them from readers, the model still needs them. */
  readonly messages: Uint8Array[] = [];
  /** When each of them was stored. */
  readonly storedAtMs: number[] = [];
  /** Told of the next message. */
  readonly #waiting = new Set<() => void>();
  /** When each id was stored, oldest first. */
  readonly #ids = new Map<string, number>();
  readonly #time: SimulatedTime;
  // The consumer that the relays share.
  readonly #acknowledged = new Set<number>();
  /** All messages up to this one are acknowledged. */
  #done = 0;
  readonly #deliveredAtMs = new Map<number, number>();

  constructor(name: string, time: SimulatedTime) {
    this.created = `${name} made at ${time.nowMs}`;
    this.#time = time;
  }

  get last(): number {
    return this.messages.length;
  }

  /** Stores a message; one of an id that it has already is not stored again. */
  append(bytes: Uint8Array, id: string): number {
    const nowMs = this.#time.nowMs;
    const storedAtMs = this.#ids.get(id);
    if (storedAtMs !== undefined && nowMs - storedAtMs < DUPLICATE_WINDOW_MS) return this.last;
    this.#ids.set(id, nowMs);
    this.messages.push(bytes.slice());
    this.storedAtMs.push(nowMs);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
    return this.last;
  }

  at(sequence: number): Uint8Array {
    return this.messages[sequence - 1];
  }

  /** Retention leaves so many messages. Returns how many it took. */
  keep(newest: number): number {
    const before = this.first;
    this.first = Math.max(this.first, this.last - newest + 1);
    return this.first - before;
  }

  /** Resolves when there is another message, or `signal` aborts; never for a process that is dead by then. */
  more(process: SimulatedProcess, signal: AbortSignal): Promise<void> {
    return process.waiting((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        process.after(0, () => resolve());
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  /** The next message that is to be delivered to a relay, or undefined. */
  due(): number | undefined {
    const nowMs = this.#time.nowMs;
    while (this.#acknowledged.has(this.#done + 1)) this.#done++;
    for (let sequence = this.#done + 1; sequence <= this.last; sequence++) {
      const deliveredAtMs = this.#deliveredAtMs.get(sequence) ?? Number.NEGATIVE_INFINITY;
      if (this.#acknowledged.has(sequence) || nowMs - deliveredAtMs < ACK_WAIT_MS) continue;
      this.#deliveredAtMs.set(sequence, nowMs);
      return sequence;
    }
    return undefined;
  }

  acknowledge(sequence: number): void {
    this.#acknowledged.add(sequence);
  }

  get unacknowledged(): number {
    return this.last - this.#acknowledged.size;
  }
}
