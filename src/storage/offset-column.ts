import { copied, grownCapacity } from './columns.js';

const OFFSET_MAX = 0xffffffff;
const INITIAL_LENGTH = 1024;

/**
 * A column of whole numbers that rise over time (sequences, milliseconds), in 4 bytes each: offsets from a base that
 * follows the newest. What a place got so long ago that its offset no longer fits reads as 0, as one that never got any.
 */
export class OffsetColumn {
  /** Of the offset 1. */
  #base = 0;
  #offsets = new Uint32Array(INITIAL_LENGTH);

  get(place: number): number {
    const offset = this.#offsets[place];
    return offset === 0 ? 0 : this.#base + offset - 1;
  }

  /** @param value not below any that was set before; its fraction is cut off */
  set(place: number, value: number): void {
    if (value - this.#base >= OFFSET_MAX) this.#follow(value);
    this.#offsets[place] = value - this.#base + 1;
  }

  grow(length: number): void {
    if (length <= this.#offsets.length) return;
    const capacity = grownCapacity(this.#offsets.length, length);
    this.#offsets = copied(this.#offsets, new Uint32Array(capacity));
  }

  /** Moves the base so that the offset of `value` is in the middle. */
  #follow(value: number): void {
    const base = Math.floor(value) - 2 ** 31;
    const moved = base - this.#base;
    this.#base = base;
    const offsets = this.#offsets;
    for (let place = 0; place < offsets.length; place++) {
      offsets[place] = Math.max(0, offsets[place] - moved);
    }
  }
}
