import type { NameRouter } from '../../routing/rings/name-router.js';
import { copied, grownCapacity } from '../../storage/columns.js';
import { MetricTable } from '../../storage/metric-table.js';

const INITIAL_CAPACITY = 1024;

/**
 * Remembers what a slow router (one that matches patterns) has said of a name. Bounded: when it is full it starts anew.
 */
export class CachedRouter implements NameRouter {
  readonly destinationsMax: number;
  readonly #router: NameRouter;
  readonly #namesMax: number;
  readonly #bytesMax: number;
  #table = new MetricTable();
  #bytes = 0;
  #counts = new Uint32Array(INITIAL_CAPACITY);
  /** `destinationsMax` for each name. */
  #destinations: Uint16Array;

  /** @param namesMax names that are remembered at a time @param bytesMax bytes that they may have together */
  constructor(router: NameRouter, namesMax = 1_000_000, bytesMax = 128 * 1024 * 1024) {
    this.#router = router;
    this.#namesMax = namesMax;
    this.#bytesMax = bytesMax;
    this.destinationsMax = router.destinationsMax;
    this.#destinations = new Uint16Array(INITIAL_CAPACITY * this.destinationsMax);
  }

  destinationsOf(bytes: Uint8Array, start: number, end: number, into: Uint16Array): number {
    const id = this.#table.idOf(bytes, start, end);
    if (id < 0) return this.#learn(bytes, start, end, into);
    const count = this.#counts[id];
    const from = id * this.destinationsMax;
    for (let i = 0; i < count; i++) into[i] = this.#destinations[from + i];
    return count;
  }

  #learn(bytes: Uint8Array, start: number, end: number, into: Uint16Array): number {
    if (this.#table.count >= this.#namesMax || this.#bytes >= this.#bytesMax) {
      this.#table = new MetricTable();
      this.#bytes = 0;
    }
    const count = this.#router.destinationsOf(bytes, start, end, into);
    const id = this.#table.intern(bytes, start, end);
    if (id >= this.#counts.length) this.#grow(id + 1);
    this.#bytes += end - start;
    this.#counts[id] = count;
    this.#destinations.set(into.subarray(0, count), id * this.destinationsMax);
    return count;
  }

  #grow(needed: number): void {
    const capacity = grownCapacity(this.#counts.length, needed);
    this.#counts = copied(this.#counts, new Uint32Array(capacity));
    const destinations = new Uint16Array(capacity * this.destinationsMax);
    destinations.set(this.#destinations);
    this.#destinations = destinations;
  }
}
