/** Rooms have a multiple of so many bytes, so that messages of about one size can share them. */
const STEP_BYTES = 32 * 1024;

/**
 * Room for large payloads, used again once whoever reads them gives them back. What is not given back is left to the
 * collector.
 */
export class PayloadRooms {
  readonly #spareBytesMax: number;
  #spareBytes = 0;
  /** By size, in steps. */
  readonly #spare: Uint8Array[][] = [];
  /** Memory of the rooms that somebody has. */
  readonly #taken = new WeakSet<ArrayBufferLike>();

  /** @param spareBytesMax of rooms that nobody uses */
  constructor(spareBytesMax: number) {
    this.#spareBytesMax = spareBytesMax;
  }

  /** Room for so many bytes. What is in it is of no meaning. */
  take(bytes: number): Uint8Array {
    const steps = Math.ceil(bytes / STEP_BYTES);
    let room = this.#spare[steps]?.pop();
    if (room === undefined) room = new Uint8Array(steps * STEP_BYTES);
    else this.#spareBytes -= room.length;
    this.#taken.add(room.buffer);
    return room.subarray(0, bytes);
  }

  /** Nobody looks at these bytes any more. They may be part of a room, or have nothing to do with one. */
  giveBack({ buffer }: Uint8Array): void {
    if (!this.#taken.delete(buffer)) return;
    if (this.#spareBytes + buffer.byteLength > this.#spareBytesMax) return;
    this.#spareBytes += buffer.byteLength;
    const steps = buffer.byteLength / STEP_BYTES;
    this.#spare[steps] ??= [];
    this.#spare[steps].push(new Uint8Array(buffer));
  }
}
