/** Points of one room: as many as a part of a long request has, and some more. */
const ROOM_POINTS = 2 ** 17;
/** Rooms in all, 128 MiB: what 10,000 series of 1,000 points take, and more. */
const ROOMS_MAX = 128;

/**
 * Rooms for the points of long requests, in memory that all threads see: it is lent to a thread, and used again. V8 counts
 * memory of its own, and what changes hands between threads, towards its heap: 80 MB for each long request had it collect
 * garbage several times, and mark the whole heap once, while nobody else was served. Shared memory it does not count, so the
 * rooms are: what is beyond their number is memory as usual.
 */
export class SharedRooms {
  readonly #spare: Float64Array[] = [];
  /** All that there is memory for: spare, lent, or lost and not collected yet. */
  #rooms = 0;
  readonly #collected = new FinalizationRegistry<undefined>(() => {
    this.#rooms--;
  });

  /** Room for so many points, or more. What is in it is of no meaning. */
  take(points: number): Float64Array {
    if (points > ROOM_POINTS) return new Float64Array(points);
    const spare = this.#spare.pop();
    if (spare !== undefined) return spare;
    if (this.#rooms >= ROOMS_MAX) return new Float64Array(points);
    const memory = new SharedArrayBuffer(ROOM_POINTS * Float64Array.BYTES_PER_ELEMENT);
    this.#rooms++;
    this.#collected.register(memory, undefined);
    return new Float64Array(memory);
  }

  /** Nobody looks at what is in a room any more, in no thread. Whatever else `take` has given is left to the collector. */
  giveBack(room: Float64Array): void {
    if (isShared(room.buffer)) this.#spare.push(room);
  }

  /** Leaves what nobody uses to the collector. */
  forgetSpare(): void {
    this.#spare.length = 0;
  }
}

/** Whether memory is lent to another thread, and not handed over. */
export function isShared(memory: ArrayBufferLike): memory is SharedArrayBuffer {
  return memory instanceof SharedArrayBuffer;
}
