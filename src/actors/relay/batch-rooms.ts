/** The smallest rooms; all have a power of two of bytes, so that a room that is given back fits others. */
const ROOM_BYTES_MIN = 2 ** 12;

/** Room for batches on their way, which the shards of a relay share: new room for each would be garbage soon, and dear. */
export class BatchRooms {
  readonly #spareBytesMax: number;
  /** By the size of the rooms. */
  #spare = new Map<number, Uint8Array[]>();
  #spareBytes = 0;

  /** @param spareBytesMax of what is kept for the next batches */
  constructor(spareBytesMax: number) {
    this.#spareBytesMax = spareBytesMax;
  }

  /** Room for so many bytes, or up to twice as many, that nobody else has. What is in it is of no meaning. */
  take(bytes: number): Uint8Array {
    const roomBytes = Math.max(ROOM_BYTES_MIN, 2 ** Math.ceil(Math.log2(bytes)));
    const room = this.#spare.get(roomBytes)?.pop();
    if (room === undefined) return new Uint8Array(roomBytes);
    this.#spareBytes -= roomBytes;
    return room;
  }

  /** Nobody looks at it any more. */
  giveBack(room: Uint8Array): void {
    if (this.#spareBytes + room.length > this.#spareBytesMax) this.#keepOnly(room.length);
    if (this.#spareBytes + room.length > this.#spareBytesMax) return;
    const spare = this.#spare.get(room.length) ?? [];
    this.#spare.set(room.length, spare);
    this.#spareBytes += room.length;
    spare.push(room);
  }

  /** Batches have another size now: rooms of the size that they had are in the way. */
  #keepOnly(roomBytes: number): void {
    const kept = this.#spare.get(roomBytes) ?? [];
    this.#spare = new Map([[roomBytes, kept]]);
    this.#spareBytes = kept.length * roomBytes;
  }
}
