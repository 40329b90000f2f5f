import { copied, grownCapacity } from '../columns.js';

/** No metric waits. */
export const NOBODY = -1;

/** Bits of the state of a metric: it has a place in the queue; it owes; an earlier process may have owed. */
const QUEUED = 1;
const OWES = 2;
const LEFT = 4;

/** Whole seconds, both within. */
export interface TimeRange {
  readonly fromS: number;
  readonly toS: number;
}

/**
 * Which metrics have points that are not rolled up yet, and from when to when: a range of timestamps for each metric
 * id, and the ids in the order in which they began to wait. Besides, which of them owe: their points are in the second archive
 * and not in the coarser ones.
 */
export class PendingRollUps {
  /** First and last timestamp of what waits; 0: nothing. The last one stays for what is owed. */
  #fromS = new Uint32Array(1024);
  #toS = new Uint32Array(1024);
  #state = new Uint8Array(1024);
  /** The place of each id that is queued; its lower 32 bits. */
  #placeOf = new Uint32Array(1024);
  /** A ring of ids; places are counted from the first that ever was. */
  #queue = new Uint32Array(1024);
  #head = 0;
  #tail = 0;
  #count = 0;
  #owing = 0;
  #left = 0;
  /** Where `nextOwing` looks next. */
  #cursor = 0;

  /** Metrics that wait. */
  get count(): number {
    return this.#count;
  }

  /** Metrics that owe, or may. */
  get owing(): number {
    return this.#owing;
  }

  /** A place in the queue: all that waits now is before it. */
  get mark(): number {
    return this.#tail;
  }

  /** Whether some metric may owe what an earlier process has left. */
  get hasLeft(): boolean {
    return this.#left > 0;
  }

  has(id: number): boolean {
    return id < this.#fromS.length && this.#fromS[id] !== 0;
  }

  /** Whether it waits or owes, in whatever way. */
  waits(id: number): boolean {
    return this.has(id) || this.owes(id) || this.isLeft(id);
  }

  /** Whether points of the metric are in its second archive and not in the coarser ones. */
  owes(id: number): boolean {
    return id < this.#state.length && (this.#state[id] & OWES) !== 0;
  }

  /** Whether it may owe what an earlier process has left. */
  isLeft(id: number): boolean {
    return id < this.#state.length && (this.#state[id] & LEFT) !== 0;
  }

  /** From when on points wait. Only of a metric that waits. */
  fromS(id: number): number {
    return this.#fromS[id];
  }

  /** Until when. Of one that waits or owes. */
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
    if ((this.#state[id] & QUEUED) === 0) this.#push(id);
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
    this.#state[id] &= ~QUEUED;
  }

  /** What waited, up to now, is in the second archive alone. The metric waits, or has waited. */
  owe(id: number): void {
    this.#mark(id, OWES);
  }

  /** An earlier process may have left something of the metric. */
  oweLeft(id: number): void {
    if (id >= this.#fromS.length) this.#growIds(id);
    if (!this.isLeft(id)) this.#left++;
    this.#mark(id, LEFT);
  }

  /** The metric owes nothing any more. */
  settle(id: number): void {
    const isLeft = this.isLeft(id);
    if (!isLeft && !this.owes(id)) return;
    if (isLeft) this.#left--;
    this.#state[id] &= QUEUED;
    this.#owing--;
  }

  /** First and last timestamp of what metrics owe and of what waits of these; undefined where none owes. Looks at all of them. */
  owed(): TimeRange | undefined {
    let [fromS, toS] = [Number.POSITIVE_INFINITY, 0];
    for (let id = 0; this.#owing > 0 && id < this.#state.length; id++) {
      if ((this.#state[id] & OWES) === 0) continue;
      fromS = Math.min(fromS, this.#fromS[id] || this.#toS[id]);
      toS = Math.max(toS, this.#toS[id]);
    }
    return toS === 0 ? undefined : { fromS, toS };
  }

  /** The next metric, round and round, that owes points from before `untilS` alone, or what was left, and has none that wait. */
  nextOwing(untilS: number): number {
    for (let looked = 0; this.#owing > 0 && looked < this.#state.length; looked++) {
      const id = this.#cursor;
      this.#cursor = (id + 1) % this.#state.length;
      if (this.#fromS[id] !== 0) continue;
      if (this.isLeft(id) || (this.owes(id) && this.#toS[id] < untilS)) return id;
    }
    return NOBODY;
  }

  /** Whether the metric waits at a place before `mark`. */
  waitsBefore(id: number, mark: number): boolean {
    return this.has(id) && this.#isQueued(id) && ((this.#placeOf[id] - mark) | 0) < 0;
  }

  /** The id in front, if its place is before `mark`; else `NOBODY`. It may have been cleared meanwhile. */
  first(mark: number): number {
    while (this.#head < mark && !this.#isTaken(this.#head)) this.#head++;
    return this.#head < mark ? this.#idAt(this.#head) : NOBODY;
  }

  /** Lets the id that `first` returned leave. */
  shift(): void {
    if (this.#isTaken(this.#head)) this.#state[this.#idAt(this.#head)] &= ~QUEUED;
    this.#head++;
  }

  #idAt(place: number): number {
    return this.#queue[place % this.#queue.length];
  }

  #isTaken(place: number): boolean {
    const id = this.#idAt(place);
    return this.#isQueued(id) && this.#placeOf[id] === place >>> 0;
  }

  #isQueued(id: number): boolean {
    return (this.#state[id] & QUEUED) !== 0;
  }

  #mark(id: number, bit: typeof OWES | typeof LEFT): void {
    if (!this.owes(id) && !this.isLeft(id)) this.#owing++;
    this.#state[id] |= bit;
  }

  #push(id: number): void {
    if (this.#tail - this.#head === this.#queue.length) this.#growQueue();
    this.#queue[this.#tail % this.#queue.length] = id;
    this.#placeOf[id] = this.#tail;
    this.#tail++;
    this.#state[id] |= QUEUED;
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
    this.#state = copied(this.#state, new Uint8Array(capacity));
    this.#placeOf = copied(this.#placeOf, new Uint32Array(capacity));
  }
}
