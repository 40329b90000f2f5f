import { columnBytes, columnDoubles, columnIntegers } from '../protocols/codec.js';
import type { FoldedBlock, FoldKind } from '../protocols/folded-block.js';
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
  readonly #missing: Uint32Array;
  #count = 0;
  /** Values that the series lacks which was looked at last. */
  #lacking = 0;
  #lacksAny = false;
  #largest = 0;
  /** Of which the unit is one. */
  #parts = 1;

  constructor(kind: FoldKind, { startS, endS, stepS }: Omit<Series, 'name' | 'values'>) {
    const length = Math.round((endS - startS) / stepS);
    this.#kind = kind;
    this.#window = { startS, endS, stepS };
    this.#values = new Float64Array(length).fill(INITIAL[kind]);
    this.#missing = new Uint32Array(length);
  }

  /** How many series were taken. */
  get count(): number {
    return this.#count;
  }

  /** Takes a series. False where the order of all might count: then there is no result. */
  take({ startS, endS, stepS, values }: Omit<Series, 'name'>): boolean {
    if (!this.#isOf({ startS, endS, stepS }) || !this.fits(values)) return false;
    this.#count++;
    this.#put(values);
    if (this.#lacking > 0)
      for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) this.#lack(i, 1);
    return this.#isExact;
  }

  /** Takes what another one, of the same kind, has made of its series. False as above. */
  join(block: FoldedBlock): boolean {
    if (!this.#isOf(block)) return false;
    this.#count += block.count;
    this.#largest = Math.max(this.#largest, block.largest);
    this.#parts = Math.max(this.#parts, 1 / block.unit);
    this.#put(columnDoubles(block.values));
    columnIntegers(block.missing).forEach((count, i) => void this.#lack(i, count));
    return this.#isExact;
  }

  /** Whether a series with these values could be taken, in any order with those before it. */
  fits(values: Float64Array): boolean {
    return this.#kind === 'sum' ? this.#canAddUp(values) : this.#canCompare(values);
  }

  get result(): Folded {
    return {
      ...this.#window,
      count: this.#count,
      values: this.#values,
      missing: this.#missing,
    };
  }

  get block(): FoldedBlock {
    return {
      ...this.#window,
      count: this.#count,
      values: columnBytes(this.#values),
      missing: this.#lacksAny ? integerBytes(this.#missing) : NOTHING,
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

  /** Finds the unit and the largest value of all up to now. */
  #canAddUp(values: Float64Array): boolean {
    let largest = this.#largest;
    let parts = this.#parts;
    let lacking = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (Number.isNaN(value)) {
        lacking++;
        continue;
      }
      while (value * parts !== Math.floor(value * parts)) {
        if (parts === PARTS_MAX) return false;
        parts *= 2;
      }
      const size = Math.abs(value);
      if (size > largest) largest = size;
    }
    this.#largest = largest;
    this.#parts = parts;
    this.#lacking = lacking;
    return true;
  }

  #canCompare(values: Float64Array): boolean {
    let lacking = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (Number.isNaN(value)) lacking++;
      else if (value === 0 && 1 / value < 0) return false;
    }
    this.#lacking = lacking;
    return true;
  }

  /** Values that are NaN change nothing. */
  #put(values: Float64Array): void {
    const results = this.#values;
    switch (this.#kind) {
      case 'sum':
        for (let i = 0; i < values.length; i++)
          if (!Number.isNaN(values[i])) results[i] += values[i];
        break;
      case 'max':
        for (let i = 0; i < values.length; i++) if (values[i] > results[i]) results[i] = values[i];
        break;
      case 'min':
        for (let i = 0; i < values.length; i++) if (values[i] < results[i]) results[i] = values[i];
        break;
    }
  }

  #lack(i: number, count: number): void {
    this.#missing[i] += count;
    this.#lacksAny ||= count > 0;
  }
}

function integerBytes({ buffer }: Uint32Array): Uint8Array {
  return new Uint8Array(buffer);
}
