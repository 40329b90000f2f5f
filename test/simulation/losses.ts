import type { LogPlace } from '../../src/actors/ports/log.js';
import type { SimulatedNats } from './simulated-nats.js';

/** What replicas can no longer read from logs or files, and have to get from their peers if they can. */
export class Losses {
  readonly #nats: SimulatedNats;
  /** Messages that a node will never read, by `<node> <stream>`. */
  readonly #unread = new Map<string, Set<number>>();
  /** What each node reads next as far as is known, by `<node> <stream>`. */
  readonly #nexts = new Map<string, number>();
  /** The power cuts of nats-server that took messages from a log, by stream. */
  readonly #cuts = new Map<string, { last: number; atMs: number }[]>();
  /** How far each log went when a file was damaged, by `<node> <path>`. */
  readonly #damaged = new Map<string, Map<string, number>>();

  constructor(nats: SimulatedNats) {
    this.#nats = nats;
  }

  /** A replica of the node begins to read behind its checkpoint. What the log has lost since comes anew. */
  noteBegin(node: string, stream: string, { sequence, storedAtMs }: LogPlace): void {
    const cuts = this.#cuts.get(stream) ?? [];
    const lasts = cuts.filter(({ atMs }) => atMs >= storedAtMs).map(({ last }) => last);
    this.#nexts.set(`${node} ${stream}`, Math.min(sequence, ...lasts) + 1);
  }

  /** A power cut of nats-server has left the messages up to `last`. */
  noteCut(stream: string, last: number, atMs: number): void {
    this.#cuts.set(stream, [...(this.#cuts.get(stream) ?? []), { last, atMs }]);
    for (const [key, next] of this.#nexts)
      if (key.endsWith(` ${stream}`)) this.#nexts.set(key, Math.min(next, last + 1));
  }

  /** The node is about to read the message `reached` of a log that begins at `first`: what is before that it will never read. */
  noteReading(node: string, stream: string, reached: number, first: number): void {
    const key = `${node} ${stream}`;
    const known = this.#unread.get(key) ?? new Set();
    const next = this.#nexts.get(key) ?? reached;
    for (let sequence = next; sequence < first; sequence++) known.add(sequence);
    this.#unread.set(key, known);
    this.#nexts.set(key, Math.max(reached, first));
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
