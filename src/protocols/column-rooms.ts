/** Rooms have a power of two of points, this many at least. */
const POINTS_MIN = 2 ** 10;
/** Points of all rooms that nobody uses: 4 MiB. */
const SPARE_POINTS_MAX = 2 ** 19;

/**
 * Rooms for columns of doubles, used again once nobody looks at them any more: new memory is cleared, and counts for the collector,
 * which costs more than to read the points of most requests.
 */
export class ColumnRooms {
  /** By the binary logarithm of their size. */
  readonly #spare: Float64Array[][] = [];
  #sparePoints = 0;

  /** Room for so many points, or more. What is in it is of no meaning. */
  take(points: number): Float64Array {
    const power = powerFor(points);
    const room = this.#spare[power]?.pop();
    if (room === undefined) return new Float64Array(2 ** power);
    this.#sparePoints -= room.length;
    return room;
  }

  /** Nobody looks at what is in a room any more, which `take` has given. */
  giveBack(room: Float64Array): void {
    if (this.#sparePoints + room.length > SPARE_POINTS_MAX) return;
    this.#sparePoints += room.length;
    const power = powerFor(room.length);
    this.#spare[power] ??= [];
    this.#spare[power].push(room);
  }
}

function powerFor(points: number): number {
  return Math.ceil(Math.log2(Math.max(points, POINTS_MIN)));
}
