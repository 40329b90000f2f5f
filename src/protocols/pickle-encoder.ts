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

  /** An int: one of at most 255 bytes, which is far more than a number can hold. */
  integer(value: number | bigint): this {
    if (typeof value === 'number' && value === (value | 0)) {
      this.#opcode(0x4a); // BININT
      this.#bytes.writeInt32LE(value, this.#room(4));
      return this;
    }
    const integer = BigInt(value);
    const bits = (integer < 0n ? ~integer : integer).toString(2).length + 1;
    const bytes = Math.ceil(bits / 8);
    this.#opcode(0x8a); // LONG1
    this.#opcode(bytes);
    const hex = BigInt.asUintN(8 * bytes, integer)
      .toString(16)
      .padStart(2 * bytes, '0');
    this.#bytes.set(Buffer.from(hex, 'hex').reverse(), this.#room(bytes));
    return this;
  }

  float(value: number): this {
    this.#opcode(0x47); // BINFLOAT
    this.#bytes.writeDoubleBE(value, this.#room(8));
    return this;
  }

  text(value: string): this {
    const length = Buffer.byteLength(value);
    this.#opcode(0x58); // BINUNICODE
    this.#bytes.writeUInt32LE(length, this.#room(4));
    const at = this.#room(length);
    this.#bytes.write(value, at);
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
    this.#bytes[this.#room(1)] = byte;
    return this;
  }

  /** Makes room for `count` more bytes and returns where they go. */
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
