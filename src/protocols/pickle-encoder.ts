import { assert } from '../assert.js';
import { GrowingBytes } from './growing-bytes.js';

const FRAME_PREFIX_BYTES = 4;

/**
 * Writes one pickle of protocol 2. The caller composes the opcodes, so that points go from columns to bytes
 * without objects between. Format: Python's `pickletools`.
 */
export class PickleWriter {
  readonly #out = new GrowingBytes();

  constructor() {
    this.#out.room(FRAME_PREFIX_BYTES);
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
      const at = this.#out.room(4);
      this.#out.bytes.writeInt32LE(value, at);
    } else {
      this.#opcode(0x8a).#opcode(8); // LONG1
      const at = this.#out.room(8);
      this.#out.bytes.writeBigInt64LE(BigInt(value), at);
    }
    return this;
  }

  float(value: number): this {
    this.#opcode(0x47); // BINFLOAT
    this.#out.double(value);
    return this;
  }

  text(value: string): this {
    const length = Buffer.byteLength(value);
    this.#opcode(0x58); // BINUNICODE
    const at = this.#out.room(4);
    this.#out.bytes.writeUInt32LE(length, at);
    this.#out.text(value, length);
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

  /** Ends the pickle and returns it in a frame: after its length, 4 bytes big-endian. */
  finish(): Buffer {
    const { length } = this.finishBare();
    this.#out.bytes.writeUInt32BE(length, 0);
    return this.#out.from(0);
  }

  /** Ends the pickle and returns it without a frame. */
  finishBare(): Buffer {
    this.#opcode(0x2e); // STOP
    return this.#out.from(FRAME_PREFIX_BYTES);
  }

  #opcode(byte: number): this {
    this.#out.byte(byte);
    return this;
  }
}
