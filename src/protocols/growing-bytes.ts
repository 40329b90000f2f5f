const INITIAL_BYTES = 1024;

/** Bytes in the making, for encoders that do not know beforehand how many there will be. */
export class GrowingBytes {
  /** Replaced when it is full: read it again after each `room`. */
  bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Makes room for `count` more bytes and returns where they go. */
  room(count: number): number {
    const at = this.#length;
    this.#length = at + count;
    if (this.#length > this.bytes.length) {
      const grown = Buffer.allocUnsafe(2 ** Math.ceil(Math.log2(this.#length)));
      grown.set(this.bytes.subarray(0, at));
      this.bytes = grown;
    }
    return at;
  }

  byte(value: number): void {
    const at = this.room(1);
    this.bytes[at] = value;
  }

  /** A double, big-endian, as msgpack and pickle have it. */
  double(value: number): void {
    const at = this.room(8);
    this.bytes.writeDoubleBE(value, at);
  }

  /** A text of `byteLength` bytes of UTF-8. */
  text(value: string, byteLength: number): void {
    const at = this.room(byteLength);
    this.bytes.write(value, at);
  }

  /** What was written from `start` on. */
  from(start: number): Buffer {
    return this.bytes.subarray(start, this.#length);
  }
}
