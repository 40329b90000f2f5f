/** JSON in the making, as bytes. */
export class JsonBuffer {
  #bytes: Buffer;
  #length = 0;

  /** @param sizeBytes a guess at the size of the whole */
  constructor(sizeBytes: number) {
    this.#bytes = Buffer.allocUnsafe(sizeBytes);
  }

  /** What was written so far. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far, which is forgotten here. */
  taken(): Buffer {
    const bytes = this.bytes();
    this.#bytes = Buffer.allocUnsafe(this.#bytes.length);
    this.#length = 0;
    return bytes;
  }

  /** ASCII text as it is. */
  text(ascii: string): void {
    this.#reserve(ascii.length);
    this.#length += this.#bytes.write(ascii, this.#length, 'latin1');
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
