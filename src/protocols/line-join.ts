import { LINE_BYTES_MAX } from './byte-classes.js';

const INITIAL_BYTES = 4096;
/** As much as a stream of lines keeps. */
const HEADROOM_BYTES = LINE_BYTES_MAX;

const withHeadroom = new WeakSet<ArrayBufferLike>();

/**
 * Room of so many bytes to read into, with room before it for what a stream has kept: what is read to its beginning is joined
 * without being copied.
 */
export function roomWithHeadroom(bytes: number): Uint8Array {
  const all = new ArrayBuffer(HEADROOM_BYTES + bytes);
  withHeadroom.add(all);
  return new Uint8Array(all, HEADROOM_BYTES);
}

/**
 * Room in which a stream joins the bytes it kept with those that came next. The streams of one process
 * may share one, as decoding is synchronous: joined bytes are valid until the next `join` of any of them.
 */
export class JoinBuffer {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);

  /** The two pieces in a row. The result is a view of the shared room, or of `next` and the room before it. */
  join(kept: Uint8Array, next: Uint8Array): Buffer {
    const length = kept.length + next.length;
    if (hasRoomBefore(next, kept.length)) {
      const joined = Buffer.from(next.buffer, next.byteOffset - kept.length, length);
      joined.set(kept);
      return joined;
    }
    if (this.#bytes.length < length) {
      this.#bytes = Buffer.allocUnsafe(2 ** Math.ceil(Math.log2(length)));
    }
    this.#bytes.set(kept);
    this.#bytes.set(next, kept.length);
    return this.#bytes.subarray(0, length);
  }
}

/** Whether so many bytes before these are nobody's. Those behind the beginning of a room may be. */
function hasRoomBefore({ buffer, byteOffset }: Uint8Array, bytes: number): boolean {
  return byteOffset === HEADROOM_BYTES && bytes <= HEADROOM_BYTES && withHeadroom.has(buffer);
}
