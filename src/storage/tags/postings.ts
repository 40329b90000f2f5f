import { copied, grownCapacity } from '../columns.js';

const FIRST_CAPACITY = 4;

/** The numbers of the series that share one value of a tag, in no order. */
export class Postings {
  count = 0;
  #ids = new Uint32Array(FIRST_CAPACITY);

  add(id: number): void {
    if (this.count === this.#ids.length) {
      const capacity = grownCapacity(this.#ids.length, this.count + 1);
      this.#ids = copied(this.#ids, new Uint32Array(capacity));
    }
    this.#ids[this.count++] = id;
  }

  /** Takes one number out; it must be there. */
  remove(id: number): void {
    const at = this.#ids.subarray(0, this.count).indexOf(id);
    this.#ids[at] = this.#ids[--this.count];
  }

  addTo(set: SeriesSet): void {
    for (let i = 0; i < this.count; i++) set.add(this.#ids[i]);
  }

  /** How many of them are in a set; stops at `most`. */
  countIn(set: SeriesSet, most: number): number {
    let found = 0;
    for (let i = 0; i < this.count && found < most; i++) if (set.has(this.#ids[i])) found++;
    return found;
  }
}

/** A set of series, one bit each. */
export class SeriesSet {
  readonly #words: Uint32Array;

  /** @param size of the numbers that may be in it */
  constructor(size: number) {
    this.#words = new Uint32Array((size + 31) >>> 5);
  }

  add(id: number): void {
    this.#words[id >>> 5] |= 1 << (id & 31);
  }

  has(id: number): boolean {
    return (this.#words[id >>> 5] & (1 << (id & 31))) !== 0;
  }

  /** Keeps what is in the other one too. */
  intersect(other: SeriesSet): void {
    for (let i = 0; i < this.#words.length; i++) this.#words[i] &= other.#words[i];
  }

  /** Drops what is in the other one. */
  subtract(other: SeriesSet): void {
    for (let i = 0; i < this.#words.length; i++) this.#words[i] &= ~other.#words[i];
  }

  /** The numbers, ascending. */
  *[Symbol.iterator](): Generator<number> {
    for (let i = 0; i < this.#words.length; i++) {
      for (let word = this.#words[i]; word !== 0; word &= word - 1) {
        yield i * 32 + (31 - Math.clz32(word & -word));
      }
    }
  }
}
