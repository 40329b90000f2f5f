import { assert } from '../assert.js';
import { GrowingBytes } from './growing-bytes.js';

/**
 * Writes msgpack piece by piece, so that points go from columns to bytes, and doubles stay doubles: readers of
 * `/render` take an integer among the values for no number. Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export class MsgpackWriter {
  readonly #out = new GrowingBytes();

  none(): this {
    this.#out.byte(0xc0);
    return this;
  }

  boolean(value: boolean): this {
    this.#out.byte(value ? 0xc3 : 0xc2);
    return this;
  }

  /** A whole number from 0 to 2^53 - 1. */
  integer(value: number): this {
    assert(
      Number.isSafeInteger(value) && value >= 0,
      'an integer here is a safe one, not negative',
    );
    if (value < 0x80) {
      this.#out.byte(value);
    } else if (value <= 0xffffffff) {
      this.#length(0xce, value);
    } else {
      this.#out.byte(0xcf);
      const at = this.#out.room(8);
      this.#out.bytes.writeBigUInt64BE(BigInt(value), at);
    }
    return this;
  }

  float(value: number): this {
    this.#out.byte(0xcb);
    this.#out.double(value);
    return this;
  }

  text(value: string): this {
    const length = Buffer.byteLength(value);
    if (length < 32) this.#out.byte(0xa0 | length);
    else this.#length(0xdb, length);
    this.#out.text(value, length);
    return this;
  }

  /** The head of an array: its items follow. */
  array(count: number): this {
    if (count < 16) this.#out.byte(0x90 | count);
    else this.#length(0xdd, count);
    return this;
  }

  /** The head of a map: that many keys follow, each with its value. */
  map(count: number): this {
    assert(count < 16, 'a map of a message has few keys');
    this.#out.byte(0x80 | count);
    return this;
  }

  finish(): Buffer {
    return this.#out.from(0);
  }

  /** A head with its number as 32 bits. */
  #length(head: number, count: number): void {
    const at = this.#out.room(5);
    this.#out.bytes[at] = head;
    this.#out.bytes.writeUInt32BE(count, at + 1);
  }
}
