import { copied, grownCapacity } from '../columns.js';

/** No metric waits. */
export const NOBODY = -1;

/**
 * Which metrics have points that are not rolled up yet, and from when to when: a range of timestamps for each metric
 * id, and the ids in the order in which they began to wait.
 */
export class PendingRollUps {
  /** First and last timestamp of what waits; 0: nothing. */
  #fromS = new Uint32Array(1024);
  #toS = new Uint32Array(1024);
  #isQueued = new Uint8Array(1024);
  /** The place of each id that is queued; its lower 32 bits. */
  #placeOf = new Uint32Array(1024);
  /** A ring of ids; places are counted from the first that ever was. */
  #queue = new Uint32Array(1024);
  #head = 0;
  #tail = 0;
  #count = 0;

  /** Metrics that wait. */
  get count(): number {
    return this.#count;
  }

  /** A place in the queue: all that waits now is before it. */
  get mark(): number {
    return this.#tail;
  }

  has(id: number): boolean {
    return id < this.#fromS.length && this.#fromS[id] !== 0;
  }

  /** From when on points wait. Only of a metric that waits, as `toS`. */
  fromS(id: number): number {
    return this.#fromS[id];
  }

  toS(id: number): number {
    return this.#toS[id];
  }

  /** Points from `fromS` (not 0) to `toS` wait. */
  add(id: number, fromS: number, toS: number): void {
    if (this.has(id)) {
      if (fromS < this.#fromS[id]) this.#fromS[id] = fromS;
      if (toS > this.#toS[id]) this.#toS[id] = toS;
      return;
    }
    if (id >= this.#fromS.length) this.#growIds(id);
    this.#fromS[id] = fromS;
    this.#toS[id] = toS;
    this.#count++;
    if (this.#isQueued[id] === 0) this.#push(id);
  }

  /** What the metric has is rolled up. Its place in the queue stays until it comes to the front. */
  clear(id: number): void {
    if (!this.has(id)) return;
    this.#fromS[id] = 0;
    this.#count--;
  }

  /** As `clear`, and its place is empty: what comes next waits at the end. */
  leave(id: number): void {
    this.clear(id);
    this.#isQueued[id] = 0;
  }

  /** Whether the metric waits at a place before `mark`. */
  waitsBefore(id: number, mark: number): boolean {
    return this.has(id) && this.#isQueued[id] === 1 && ((this.#placeOf[id] - mark) | 0) < 0;
  }

  /** The id in front, if its place is before `mark`; else `NOBODY`. It may have been cleared meanwhile. */
  first(mark: number): number {
    while (this.#head < mark && !this.#isTaken(this.#head)) this.#head++;
    return this.#head < mark ? this.#idAt(this.#head) : NOBODY;
  }

  /** Lets the id that `first` returned leave. */
  shift(): void {
    if (this.#isTaken(this.#head)) this.#isQueued[this.#idAt(this.#head)] = 0;
    this.#head++;
  }

  #idAt(place: number): number {
    return this.#queue[place % this.#queue.length];
  }

  #isTaken(place: number): boolean {
    const id = this.#idAt(place);
    return this.#isQueued[id] === 1 && this.#placeOf[id] === place >>> 0;
  }

  #push(id: number): void {
    if (this.#tail - this.#head === this.#queue.length) this.#growQueue();
    this.#queue[this.#tail % this.#queue.length] = id;
    this.#placeOf[id] = this.#tail;
    this.#tail++;
    this.#isQueued[id] = 1;
  }

  #growQueue(): void {
    const grown = new Uint32Array(this.#queue.length * 2);
    for (let place = this.#head; place < this.#tail; place++) {
      grown[place % grown.length] = this.#queue[place % this.#queue.length];
    }
    this.#queue = grown;
  }

  #growIds(id: number): void {
    const capacity = grownCapacity(this.#fromS.length, id + 1);
    this.#fromS = copied(this.#fromS, new Uint32Array(capacity));
    this.#toS = copied(this.#toS, new Uint32Array(capacity));
    this.#isQueued = copied(this.#isQueued, new Uint8Array(capacity));
    this.#placeOf = copied(this.#placeOf, new Uint32Array(capacity));
  }
}
