const PREFIX_BYTES = 4;
const INITIAL_BYTES = 1024;

/**
 * Cuts a byte stream into frames of a 4-byte big-endian length and that many bytes (Twisted's
 * `Int32StringReceiver`). Holds what has come of one incomplete frame, no more.
 */
export class FrameStream {
  readonly #frameBytesMax: number;
  #held = Buffer.alloc(0);
  #heldLength = 0;
  #overlong = false;

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** True once a length above the limit came: the connection has to be closed, nothing after it is read. */
  get overlong(): boolean {
    return this.#overlong;
  }

  get heldBytes(): number {
    return this.#heldLength;
  }

  /** Forgets the incomplete frame, and returns what had come of it. */
  dropHeld(): Uint8Array {
    const held = this.#held.subarray(0, this.#heldLength);
    this.#held = Buffer.alloc(0);
    this.#heldLength = 0;
    return held;
  }

  /** The frames that `chunk` completes, in order. They may be views of `chunk`: valid while it is. */
  push(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let p = this.#completeHeld(chunk, frames);
    while (!this.#overlong && p < chunk.length) {
      const end = this.#frameEnd(chunk, p, chunk.length);
      if (end > chunk.length) this.#hold(chunk.subarray(p));
      else if (!this.#overlong) frames.push(chunk.subarray(p + PREFIX_BYTES, end));
      p = end;
    }
    return frames;
  }

  /** Where the frame at `start` ends, or beyond `length` where its own length has not come in full. */
  #frameEnd(bytes: Uint8Array, start: number, length: number): number {
    if (length - start < PREFIX_BYTES) return Number.POSITIVE_INFINITY;
    const size =
      ((bytes[start] << 24) |
        (bytes[start + 1] << 16) |
        (bytes[start + 2] << 8) |
        bytes[start + 3]) >>>
      0;
    if (size > this.#frameBytesMax) {
      this.#overlong = true;
      return length;
    }
    return start + PREFIX_BYTES + size;
  }

  /** Adds to the held frame what it lacks; returns how much of `chunk` that took. */
  #completeHeld(chunk: Uint8Array, frames: Uint8Array[]): number {
    let p = 0;
    if (this.#heldLength === 0) return p;
    if (this.#heldLength < PREFIX_BYTES) {
      p = Math.min(PREFIX_BYTES - this.#heldLength, chunk.length);
      this.#hold(chunk.subarray(0, p));
    }
    const end = this.#frameEnd(this.#held, 0, this.#heldLength);
    if (this.#overlong || end === Number.POSITIVE_INFINITY) return p;
    const more = Math.min(end - this.#heldLength, chunk.length - p);
    this.#hold(chunk.subarray(p, p + more));
    if (this.#heldLength === end) {
      frames.push(this.#held.subarray(PREFIX_BYTES, end));
      this.#held = Buffer.alloc(0);
      this.#heldLength = 0;
    }
    return p + more;
  }

  #hold(bytes: Uint8Array): void {
    const length = this.#heldLength + bytes.length;
    if (length > this.#held.length) {
      const grown = Buffer.allocUnsafe(Math.max(INITIAL_BYTES, 2 ** Math.ceil(Math.log2(length))));
      grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
    }
    this.#held.set(bytes, this.#heldLength);
    this.#heldLength = length;
  }
}
