const INITIAL_BYTES = 16 * 1024;

/**
 * The bytes of the names that a pickle's points go by. A name that occurs again is stored once: a pickle
 * can refer to one long text very often.
 */
export class NameBuffer {
  bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = 0;
  readonly #starts = new Map<string, number>();

  clear(): void {
    this.#length = 0;
    this.#starts.clear();
  }

  /** Where `name` starts in `bytes`; it is `Buffer.byteLength(name)` long. */
  add(name: string): number {
    const known = this.#starts.get(name);
    if (known !== undefined) return known;
    const start = this.#length;
    const bytesMax = 3 * name.length;
    if (start + bytesMax > this.bytes.length) this.#grow(start + bytesMax);
    this.#length = start + this.bytes.write(name, start);
    this.#starts.set(name, start);
    return start;
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafe(2 ** Math.ceil(Math.log2(length)));
    grown.set(this.bytes.subarray(0, this.#length));
    this.bytes = grown;
  }
}
