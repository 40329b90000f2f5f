import { copied, grownCapacity } from './columns.js';

const INITIAL_LENGTH = 1024;
const WIDER = { 1: Uint16Array, 2: Uint32Array } as const;

/**
 * A column of whole numbers from 0 on, below 2^32, in as many bytes each as the largest of them has needed so far: a byte where all are
 * small, as lengths, bits and numbers of kinds are in most nodes.
 */
export class NarrowColumn {
  #numbers: Uint8Array | Uint16Array | Uint32Array = new Uint8Array(INITIAL_LENGTH);
  /** What fits. */
  #most = 0xff;

  get length(): number {
    return this.#numbers.length;
  }

  get(place: number): number {
    return this.#numbers[place];
  }

  set(place: number, value: number): void {
    while (value > this.#most) this.#widen();
    this.#numbers[place] = value;
  }

  grow(length: number): void {
    if (length <= this.#numbers.length) return;
    const capacity = grownCapacity(this.#numbers.length, length);
    const Column = this.#numbers.constructor as Uint8ArrayConstructor;
    this.#numbers = copied(this.#numbers as Uint8Array, new Column(capacity));
  }

  #widen(): void {
    const bytes = this.#numbers.BYTES_PER_ELEMENT as 1 | 2;
    this.#numbers = WIDER[bytes].from(this.#numbers);
    this.#most = 2 ** (16 * bytes) - 1;
  }
}
