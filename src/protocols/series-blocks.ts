import { columnIntegers } from './codec.js';
import type { ColumnRooms } from './column-rooms.js';
import { seriesKernel } from './kernel/series/series-kernel.js';
import type { SeriesBlock } from './messages.js';

/** Points that the first block has room for at once: more than most replies have. */
const ROOM_POINTS = 2 ** 14;

/** A block in the making. */
export interface OpenBlock {
  startS: number;
  endS: number;
  stepS: number;
  /** Of each series. */
  count: number;
  which: number[];
  values: Float64Array;
}

/** The series of a reply, gathered in one column for all that have the same window, which nearly all have. */
export class SeriesBlocks {
  readonly #rooms: ColumnRooms;
  readonly #blocks: OpenBlock[] = [];
  #isReleased = false;

  constructor(rooms: ColumnRooms) {
    this.#rooms = rooms;
  }

  /** The room for the values of the series of the name at the place `which`, to be filled before the next call. */
  add(which: number, startS: number, endS: number, stepS: number): Float64Array {
    const block = this.#blockOf(startS, endS, stepS);
    const start = block.which.length * block.count;
    const end = start + block.count;
    if (end > block.values.length) {
      const larger = this.#rooms.take(end);
      larger.set(block.values);
      this.#rooms.giveBack(block.values);
      block.values = larger;
    }
    block.which.push(which);
    return block.values.subarray(start, end);
  }

  /** All that was gathered, where it is of one window. */
  get only(): Readonly<OpenBlock> | undefined {
    return this.#blocks.length === 1 ? this.#blocks[0] : undefined;
  }

  /** What was gathered, to be asked for once: the bytes are those of the rooms, until `release`. */
  blocks(): SeriesBlock[] {
    return this.#blocks.map(({ startS, endS, stepS, count, which, values }) => {
      const { forms, bytes } = seriesKernel().pack(values, which.length, count);
      const places = new Uint8Array(new Uint32Array(which).buffer);
      return { startS, endS, stepS, which: places, forms, values: bytes };
    });
  }

  /** Nobody looks at the blocks any more. What is added later, by somebody who is still at work, is in nobody's way. */
  release(): void {
    this.#isReleased = true;
    for (const { values } of this.#blocks.splice(0)) this.#rooms.giveBack(values);
  }

  #blockOf(startS: number, endS: number, stepS: number): OpenBlock {
    for (const one of this.#blocks)
      if (one.startS === startS && one.endS === endS && one.stepS === stepS) return one;
    const count = pointsOf(startS, endS, stepS);
    const values = this.#isReleased
      ? new Float64Array(count)
      : this.#rooms.take(Math.max(ROOM_POINTS, count));
    const block = { startS, endS, stepS, count, which: [], values };
    if (!this.#isReleased) this.#blocks.push(block);
    return block;
  }
}

/**
 * Calls `take` with the place of the name of each series of a block, and its values. These lie in one column.
 *
 * @param room makes the room for so many points, or more
 */
export function eachSeries(
  { startS, endS, stepS, which, forms, values: bytes }: SeriesBlock,
  take: (which: number, values: Float64Array) => void,
  room: (points: number) => Float64Array = (points) => new Float64Array(points),
): void {
  const places = columnIntegers(which);
  const count = pointsOf(startS, endS, stepS);
  const values = room(places.length * count);
  seriesKernel().unpack({ forms, bytes }, places.length, count, values);
  for (let i = 0; i < places.length; i++)
    take(places[i], values.subarray(i * count, (i + 1) * count));
}

function pointsOf(startS: number, endS: number, stepS: number): number {
  return Math.round((endS - startS) / stepS);
}
