import { columnBytes, columnDoubles, columnFloats, columnIntegers } from './codec.js';
import type { SeriesBlock } from './messages.js';

/** Points of a block that are made room for at once. */
const ROOM_POINTS_MAX = 2 ** 18;

/** A block in the making. */
interface OpenBlock {
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
  readonly #names: number;
  readonly #blocks: OpenBlock[] = [];

  /** @param names how many were asked for */
  constructor(names: number) {
    this.#names = names;
  }

  /** The room for the values of the series of the name at the place `which`, to be filled before the next call. */
  add(which: number, startS: number, endS: number, stepS: number): Float64Array {
    const block =
      this.#blocks.find(
        (one) => one.startS === startS && one.endS === endS && one.stepS === stepS,
      ) ?? this.#open(startS, endS, stepS, this.#names - which);
    const start = block.which.length * block.count;
    const end = start + block.count;
    if (end > block.values.length) {
      const larger = new Float64Array(Math.max(end, Math.ceil(block.values.length * 1.5)));
      larger.set(block.values);
      block.values = larger;
    }
    block.which.push(which);
    return block.values.subarray(start, end);
  }

  blocks(): SeriesBlock[] {
    return this.#blocks.map(({ startS, endS, stepS, count, which, values }) => ({
      startS,
      endS,
      stepS,
      which: new Uint8Array(Uint32Array.from(which).buffer),
      ...packed(values.subarray(0, which.length * count)),
    }));
  }

  /** @param left series that may still come */
  #open(startS: number, endS: number, stepS: number, left: number): OpenBlock {
    const count = Math.round((endS - startS) / stepS);
    const room = Math.max(count, Math.min(left * count, ROOM_POINTS_MAX));
    const block = { startS, endS, stepS, count, which: [], values: new Float64Array(room) };
    this.#blocks.push(block);
    return block;
  }
}

/**
 * Whole numbers, halves and the like fit in half the bytes, which would cost more on their way than this look at them. Others
 * are seen at the first of them.
 */
function packed(values: Float64Array): Pick<SeriesBlock, 'values' | 'areFloats'> {
  const floats = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    floats[i] = value;
    if (floats[i] !== value && !Number.isNaN(value)) return { values: columnBytes(values) };
  }
  return { values: new Uint8Array(floats.buffer), areFloats: true };
}

/** A series of a block: the place of its name, and its values, a view of the block's. */
export interface BlockSeries {
  readonly which: number;
  readonly startS: number;
  readonly endS: number;
  readonly stepS: number;
  readonly values: Float64Array;
}

/** Calls `take` for each series of a block. Their values lie in one column. */
export function eachSeries(block: SeriesBlock, take: (series: BlockSeries) => void): void {
  const { startS, endS, stepS } = block;
  const places = columnIntegers(block.which);
  const values = block.areFloats
    ? new Float64Array(columnFloats(block.values))
    : columnDoubles(block.values);
  const count = values.length / places.length;
  for (let i = 0; i < places.length; i++) {
    const own = values.subarray(i * count, (i + 1) * count);
    take({ which: places[i], startS, endS, stepS, values: own });
  }
}

/** The block with places among other names: `outer` has the place there of each name. */
export function placedAnew(block: SeriesBlock, outer: readonly number[]): SeriesBlock {
  const places = columnIntegers(block.which).map((place) => outer[place]);
  return { ...block, which: new Uint8Array(places.buffer) };
}
