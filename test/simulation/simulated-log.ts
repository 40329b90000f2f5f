import type { SimulatedProcess } from './simulated-process.js';
import type { SimulatedTime } from './simulated-time.js';

/** As our streams are made: how long a message id is remembered. */
const DUPLICATE_WINDOW_MS = 120_000;
/** A message of the ingestion stream that nobody acknowledged for so long is delivered again. */
const ACK_WAIT_MS = 15_000;

/** A message that was stored once. */
export interface StoredMessage {
  sequence: number;
  bytes: Uint8Array;
  id: string;
  storedAtMs: number;
  /** A power cut of the server took it: its sequence may stand for another message by now. */
  isLost: boolean;
}

/** A stream of nats-server, in memory. */
export class SimulatedLog {
  readonly created: string;
  first = 1;
  /** By sequence: retention takes them from readers, the model still needs them. */
  readonly messages: StoredMessage[] = [];
  /** Every message that ever was, in the order in which they were stored. */
  readonly history: StoredMessage[] = [];
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
    const message = {
      ...{ sequence: this.last + 1, bytes: bytes.slice(), id },
      ...{ storedAtMs: nowMs, isLost: false },
    };
    this.messages.push(message);
    this.history.push(message);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
    return this.last;
  }

  at(sequence: number): StoredMessage {
    return this.messages[sequence - 1];
  }

  /** Comes back without its newest messages, of those that retention has left. Returns how many are lost. */
  cutBack(newest: number): number {
    const left = Math.max(this.first - 1, this.last - newest);
    const lost = this.messages.splice(left);
    for (const message of lost) {
      message.isLost = true;
      this.#ids.delete(message.id);
    }
    return lost.length;
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
