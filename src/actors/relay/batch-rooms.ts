/** Room for batches on their way, which the shards of a relay share: new room for each would be garbage soon, and dear. */
export class BatchRooms {
  readonly #roomBytes: number;
  readonly #spareMax: number;
  readonly #spare: Uint8Array[] = [];

  /** @param spareBytesMax of what is kept for the next batches */
  constructor(roomBytes: number, spareBytesMax: number) {
    this.#roomBytes = roomBytes;
    this.#spareMax = Math.ceil(spareBytesMax / roomBytes);
  }

  /** Room that nobody else has. What is in it is of no meaning. */
  take(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(this.#roomBytes);
  }

  /** Nobody looks at it any more. */
  giveBack(room: Uint8Array): void {
    if (this.#spare.length < this.#spareMax) this.#spare.push(room);
  }
}
