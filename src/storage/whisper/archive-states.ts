/** Later than every timestamp a file can hold. */
export const END_OF_TIME = 2 ** 32;

/**
 * What is known of the archives of many files, so that an update needs no read. A file has one cell for
 * each archive, side by side, finest first.
 *
 * A cell says of its archive: slot 0 holds interval `base` (0: never written). Its newest slot is `tail`
 * (0: none) with `tailValue`, and none of the intervals strictly between `tail` and `clear` is in the file.
 * Of the roll-up window that `tail` is in, `known` slots before `tail` have a value, folded into `folded`.
 * `tail` 0 with `clear` 0 says that nothing is known: look into the file.
 *
 * In the coarsest archive only `base`, `tail` and `tailValue` have a meaning.
 */
export class ArchiveStates {
  base: Uint32Array;
  tail: Uint32Array;
  known: Uint32Array;
  clear: Float64Array;
  tailValue: Float64Array;
  folded: Float64Array;
  #end = 0;
  /** First cells of runs that were given back, by the length of the run. */
  readonly #free: number[][] = [];

  constructor(capacity = 1024) {
    this.base = new Uint32Array(capacity);
    this.tail = new Uint32Array(capacity);
    this.known = new Uint32Array(capacity);
    this.clear = new Float64Array(capacity);
    this.tailValue = new Float64Array(capacity);
    this.folded = new Float64Array(capacity);
  }

  /** Takes `count` cells side by side, all unknown; returns the first. */
  take(count: number): number {
    const first = this.#free[count]?.pop() ?? this.#extend(count);
    for (let cell = first; cell < first + count; cell++) {
      this.base[cell] = 0;
      this.forget(cell);
    }
    return first;
  }

  giveBack(first: number, count: number): void {
    (this.#free[count] ??= []).push(first);
  }

  /** From here on the archive's slots are unknown; where its ring begins still is known. */
  forget(cell: number): void {
    this.tail[cell] = 0;
    this.clear[cell] = 0;
  }

  /** The archive was just made: there is no point in it. */
  setEmpty(cell: number): void {
    this.base[cell] = 0;
    this.tail[cell] = 0;
    this.clear[cell] = END_OF_TIME;
  }

  #extend(count: number): number {
    const first = this.#end;
    this.#end += count;
    let capacity = this.base.length;
    while (capacity < this.#end) capacity *= 2;
    if (capacity > this.base.length) this.#grow(capacity);
    return first;
  }

  #grow(capacity: number): void {
    this.base = grown(this.base, new Uint32Array(capacity));
    this.tail = grown(this.tail, new Uint32Array(capacity));
    this.known = grown(this.known, new Uint32Array(capacity));
    this.clear = grown(this.clear, new Float64Array(capacity));
    this.tailValue = grown(this.tailValue, new Float64Array(capacity));
    this.folded = grown(this.folded, new Float64Array(capacity));
  }
}

function grown<T extends Uint32Array | Float64Array>(from: T, into: T): T {
  into.set(from);
  return into;
}
