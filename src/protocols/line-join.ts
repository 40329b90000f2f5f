const INITIAL_BYTES = 4096;

/**
 * Room in which a stream joins the bytes it kept with those that came next. The streams of one process
 * may share one, as decoding is synchronous: joined bytes are valid until the next `join` of any of them.
 */
export class JoinBuffer {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);

  /** The two pieces in a row. The result is a view of the shared room. */
  join(kept: Uint8Array, next: Uint8Array): Buffer {
    const length = kept.length + next.length;
    if (this.#bytes.length < length) {
      this.#bytes = Buffer.allocUnsafe(2 ** Math.ceil(Math.log2(length)));
    }
    this.#bytes.set(kept);
    this.#bytes.set(next, kept.length);
    return this.#bytes.subarray(0, length);
  }
}
