import type { SimulatedNats } from './simulated-nats.js';

/** What replicas can no longer read from logs or files, and have to get from their peers if they can. */
export class Losses {
  readonly #nats: SimulatedNats;
  /** Messages that a node will never read, by `<node> <stream>`. */
  readonly #unread = new Map<string, Set<number>>();
  /** How far each log went when a file was damaged, by `<node> <path>`. */
  readonly #damaged = new Map<string, Map<string, number>>();

  constructor(nats: SimulatedNats) {
    this.#nats = nats;
  }

  /** A replica of the node is behind its checkpoint at `next`, and the log begins at `first`. */
  noteUnread(node: string, stream: string, next: number, first: number): void {
    const key = `${node} ${stream}`;
    const known = this.#unread.get(key) ?? new Set();
    for (let sequence = next; sequence < first; sequence++) known.add(sequence);
    this.#unread.set(key, known);
  }

  noteDamage(node: string, path: string): void {
    const ends = [...this.#nats.logs].map(([stream, { last }]) => [stream, last] as const);
    this.#damaged.set(`${node} ${path}`, new Map(ends));
  }

  isUnread(node: string, stream: string, sequence: number): boolean {
    return this.#unread.get(`${node} ${stream}`)?.has(sequence) ?? false;
  }

  isDamaged(node: string, path: string): boolean {
    return this.#damaged.has(`${node} ${path}`);
  }

  /** Whether the node has nothing by itself of what a message brought for the file at `path`. */
  has(node: string, stream: string, sequence: number, path: string): boolean {
    if (this.isUnread(node, stream, sequence)) return true;
    return sequence <= (this.#damaged.get(`${node} ${path}`)?.get(stream) ?? 0);
  }
}
