import { copied, grownCapacity } from '../columns.js';

/**
 * The base interval of each archive of many files: what slot 0 held when it was last looked at, to which all slots of the
 * ring relate (0: the archive was never written). A file has one cell for each archive, side by side, finest first.
 */
export class ArchiveBases {
  base: Uint32Array;
  #end = 0;
  /** First cells of runs that were given back, by the length of the run. */
  readonly #free: number[][] = [];

  constructor(capacity = 1024) {
    this.base = new Uint32Array(capacity);
  }

  /** Takes `count` cells side by side, all 0; returns the first. */
  take(count: number): number {
    const first = this.#free[count]?.pop() ?? this.#extend(count);
    this.base.fill(0, first, first + count);
    return first;
  }

  giveBack(first: number, count: number): void {
    (this.#free[count] ??= []).push(first);
  }

  #extend(count: number): number {
    const first = this.#end;
    this.#end += count;
    if (this.#end > this.base.length) {
      const capacity = grownCapacity(this.base.length, this.#end);
      this.base = copied(this.base, new Uint32Array(capacity));
    }
    return first;
  }
}
