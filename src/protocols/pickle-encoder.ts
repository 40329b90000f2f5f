import { assert } from '../assert.js';

const INITIAL_BYTES = 1024;
const FRAME_PREFIX_BYTES = 4;

/**
 * Writes one pickle of protocol 2, in a frame (4-byte big-endian length). The caller composes the opcodes,
 * so that points go from columns to bytes without objects between. Format: Python's `pickletools`.
 */
export class PickleWriter {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = FRAME_PREFIX_BYTES;

  constructor() {
    this.#opcode(0x80); // PROTO
    this.#opcode(2);
  }

  none(): this {
    return this.#opcode(0x4e);
  }

  boolean(value: boolean): this {
    return this.#opcode(value ? 0x88 : 0x89);
  }

  integer(value: number): this {
    assert(Number.isSafeInteger(value), 'an int of a pickle is a safe integer');
    if (value === (value | 0)) {
      this.#opcode(0x4a); // BININT
      const at = this.#room(4);
      this.#bytes.writeInt32LE(value, at);
    } else {
      this.#opcode(0x8a).#opcode(8); // LONG1
      const at = this.#room(8);
      this.#bytes.writeBigInt64LE(BigInt(value), at);
    }
    return this;
  }

  float(value: number): this {
    this.#opcode(0x47); // BINFLOAT
    const at = this.#room(8);
    this.#bytes.writeDoubleBE(value, at);
    return this;
  }

  text(value: string): this {
    const length = Buffer.byteLength(value);
    this.#opcode(0x58); // BINUNICODE
    const at = this.#room(4 + length);
    this.#bytes.writeUInt32LE(length, at);
    this.#bytes.write(value, at + 4);
    return this;
  }

  /** An empty list; after it, `mark`, the items and `appends`. */
  list(): this {
    return this.#opcode(0x5d);
  }

  /** An empty dict; after it, `mark`, each key and its value, and `setItems`. */
  dict(): this {
    return this.#opcode(0x7d);
  }

  mark(): this {
    return this.#opcode(0x28);
  }

  appends(): this {
    return this.#opcode(0x65);
  }

  setItems(): this {
    return this.#opcode(0x75);
  }

  /** Makes the two newest values a tuple. */
  pair(): this {
    return this.#opcode(0x86);
  }

  /** Ends the pickle and returns the frame, prefix included. */
  finish(): Uint8Array {
    this.#opcode(0x2e); // STOP
    this.#bytes.writeUInt32BE(this.#length - FRAME_PREFIX_BYTES, 0);
    return this.#bytes.subarray(0, this.#length);
  }

  #opcode(byte: number): this {
    const at = this.#room(1);
    this.#bytes[at] = byte;
    return this;
  }

  /** Makes room for `count` more bytes and returns where they go. It may replace `#bytes`. */
  #room(count: number): number {
    const at = this.#length;
    this.#length = at + count;
    if (this.#length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(2 ** Math.ceil(Math.log2(this.#length)));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
    }
    return at;
  }
}
