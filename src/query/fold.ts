import { columnBytes, columnDoubles, columnIntegers } from '../protocols/codec.js';
import type { FoldedBlock, FoldKind } from '../protocols/folded-block.js';
import {
  type FoldKernel,
  foldKernel,
  UNFIT,
  VALUES_MAX,
} from '../protocols/kernel/folds/fold-kernel.js';
import type { Series } from './series.js';

/** Several series made one, with what it takes to finish an average, and to tell whether enough was known. */
export interface Folded extends Omit<Series, 'name'> {
  /** How many series it was. */
  readonly count: number;
  /** How many of them have no value, at each time. */
  readonly missing: Uint32Array;
}

/** Whole numbers up to here are doubles, each of them. */
const WHOLE_MAX = 2 ** 53;
/** The finest unit is one divided by this: more digits behind the point are seldom those of a sum that is exact. */
const PARTS_MAX = 2 ** 20;

/** What a look at a series has shown. */
const IS_WHOLE = 0;
/** A value is missing that should be there. */
const LACKS_SETTLED = 1;
/** A value is missing that may still be on its way. */
const LACKS_FRESH = 2;

const NOTHING = new Uint8Array(0);

const INITIAL: Readonly<Record<FoldKind, number>> = {
  sum: 0,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
};

/**
 * Makes one series of several, in whatever order they come, and only where the order is of no influence on any bit of the
 * result. Doubles are added up exactly, and so in any order, where all of them are whole numbers of times some unit and all
 * together are less than 2**53 of these. Highest and lowest values are the same in any order, but for 0 and -0.
 */
export class Fold {
  readonly #kind: FoldKind;
  readonly #window: Omit<Series, 'name' | 'values'>;
  readonly #values: Float64Array;
  /** Where any value is missing. */
  #missing: Uint32Array | undefined;
  #count = 0;
  #largest = 0;
  /** Of which the unit is one. */
  #parts = 1;

  constructor(kind: FoldKind, { startS, endS, stepS }: Omit<Series, 'name' | 'values'>) {
    const length = Math.round((endS - startS) / stepS);
    this.#kind = kind;
    this.#window = { startS, endS, stepS };
    this.#values = new Float64Array(length).fill(INITIAL[kind]);
  }

  /** How many series were taken. */
  get count(): number {
    return this.#count;
  }

  /** Takes a series. False where the order of all might count: then there is no result. */
  take({ startS, endS, stepS, values }: Omit<Series, 'name'>): boolean {
    return this.#isOf({ startS, endS, stepS }) && this.takeWhole(values, 1, 0) !== undefined;
  }

  /**
   * Takes `count` series, whose values lie one after the other, but for those that lack one of their first `settled` values.
   *
   * @returns the places of these; undefined where the order of all might count: then there is no result
   */
  takeWhole(column: Float64Array, count: number, settled: number): number[] | undefined {
    const pieces = piecesOf(count, this.#values.length);
    const looks = this.#lookAt(column, pieces, new Uint8Array(count), settled);
    if (looks === undefined) return undefined;
    if (looks.includes(LACKS_FRESH)) this.#missing ??= new Uint32Array(this.#values.length);
    this.#put(column, pieces, looks);
    const lacking: number[] = [];
    for (let i = 0; i < count; i++) if (looks[i] & LACKS_SETTLED) lacking.push(i);
    this.#count += count - lacking.length;
    return this.#isExact ? lacking : undefined;
  }

  /** Takes what another one, of the same kind, has made of its series. False as above. */
  join(block: FoldedBlock): boolean {
    if (!this.#isOf(block)) return false;
    this.#count += block.count;
    this.#largest = Math.max(this.#largest, block.largest);
    this.#parts = Math.max(this.#parts, 1 / block.unit);
    const pieces = piecesOf(1, this.#values.length);
    this.#put(columnDoubles(block.values), pieces, Uint8Array.of(IS_WHOLE), true);
    if (block.missing.length > 0) this.#lack(columnIntegers(block.missing));
    return this.#isExact;
  }

  get result(): Folded {
    const { startS, endS, stepS } = this.#window;
    return {
      startS,
      endS,
      stepS,
      count: this.#count,
      values: this.#values,
      missing: this.#missing ?? new Uint32Array(this.#values.length),
    };
  }

  get block(): FoldedBlock {
    const { startS, endS, stepS } = this.#window;
    return {
      startS,
      endS,
      stepS,
      count: this.#count,
      values: columnBytes(this.#values),
      missing: this.#missing === undefined ? NOTHING : integerBytes(this.#missing),
      largest: this.#largest,
      unit: 1 / this.#parts,
    };
  }

  get #isExact(): boolean {
    return this.#count * this.#largest * this.#parts <= WHOLE_MAX;
  }

  #isOf({ startS, endS, stepS }: Omit<Series, 'name' | 'values'>): boolean {
    const window = this.#window;
    return startS === window.startS && endS === window.endS && stepS === window.stepS;
  }

  /** Finds the unit and the largest of all values up to now, and what each series lacks. Undefined where one does not fit. */
  #lookAt(
    column: Float64Array,
    pieces: readonly Piece[],
    looks: Uint8Array,
    settled: number,
  ): Uint8Array | undefined {
    const kernel = foldKernel();
    const length = this.#values.length;
    kernel.largest = this.#largest;
    for (const piece of pieces) {
      const { first, count, start, points } = piece;
      kernel.load(column.subarray(...boundsOf(piece, length)));
      const old = Math.max(0, Math.min(points, settled - start));
      for (let i = 0; i < count; i++) {
        const nullsOfOld = this.#look(kernel, i * length, old);
        const nullsOfNew = this.#look(kernel, i * length + old, points - old);
        if (nullsOfOld === UNFIT || nullsOfNew === UNFIT) return undefined;
        if (nullsOfOld > 0) looks[first + i] |= LACKS_SETTLED;
        if (nullsOfNew > 0) looks[first + i] |= LACKS_FRESH;
      }
    }
    this.#largest = kernel.largest;
    return looks;
  }

  /** Looks at values of one series: how many of them are NaN, or `UNFIT`. */
  #look(kernel: FoldKernel, at: number, count: number): number {
    const nulls = kernel.look(this.#kind, at, count, this.#parts);
    if (nulls !== UNFIT || kernel.look(this.#kind, at, count, PARTS_MAX) === UNFIT) return nulls;
    for (;;) {
      this.#parts *= 2;
      const again = kernel.look(this.#kind, at, count, this.#parts);
      if (again !== UNFIT) return again;
    }
  }

  /** Puts all whole series to the results. One piece alone was loaded when it was looked at. */
  #put(
    column: Float64Array,
    pieces: readonly Piece[],
    looks: Uint8Array,
    loads = pieces.length > 1,
  ): void {
    const kernel = foldKernel();
    const length = this.#values.length;
    for (const piece of pieces) {
      const { first, count, start, points } = piece;
      const values = this.#values.subarray(start, start + points);
      const missing = this.#missing?.subarray(start, start + points);
      if (loads) kernel.load(column.subarray(...boundsOf(piece, length)));
      kernel.begin(values, missing);
      for (let i = 0; i < count; i++) {
        const look = looks[first + i];
        if (look & LACKS_SETTLED) continue;
        kernel.put(this.#kind, i * length, points);
        if (look !== IS_WHOLE) kernel.countMissing(i * length, points);
      }
      kernel.end(values, missing);
    }
  }

  #lack(counts: Uint32Array): void {
    this.#missing ??= new Uint32Array(this.#values.length);
    for (let i = 0; i < counts.length; i++) this.#missing[i] += counts[i];
  }
}

/** Some values of a column that are looked at together: `count` whole series from the place `first` on, or a part of one. */
interface Piece {
  readonly first: number;
  readonly count: number;
  readonly start: number;
  readonly points: number;
}

function piecesOf(count: number, length: number): Piece[] {
  const together = Math.max(1, Math.floor(VALUES_MAX / length));
  const pieces: Piece[] = [];
  for (let first = 0; first < count; first += together)
    for (let start = 0; start < length; start += VALUES_MAX)
      pieces.push({
        first,
        count: Math.min(together, count - first),
        start,
        points: Math.min(VALUES_MAX, length - start),
      });
  return pieces;
}

/** Where the values of a piece lie in the column. */
function boundsOf({ first, count, start, points }: Piece, length: number): [number, number] {
  const begin = first * length + start;
  return [begin, begin + (count - 1) * length + points];
}

function integerBytes({ buffer }: Uint32Array): Uint8Array {
  return new Uint8Array(buffer);
}
