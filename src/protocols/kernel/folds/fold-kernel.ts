import type { FoldKind } from '../../folded-block.js';
import { instantiate } from '../wasm/module.js';
import { LARGEST_AT, MISSING_AT, RESULTS_AT, VALUES_AT, VALUES_MAX } from './fold-layout.js';
import { FOLD_PROGRAM, UNFIT } from './fold-program.js';

export { UNFIT, VALUES_MAX };

/** Values made one of several at each time, in WebAssembly, two at a time. What lies in it is its user's until the next one. */
export class FoldKernel {
  readonly #column: Float64Array;
  readonly #results: Float64Array;
  readonly #missing: Uint32Array;
  readonly #largest: Float64Array;
  readonly #look: Record<FoldKind, (at: number, count: number, parts: number) => number>;
  readonly #put: Record<FoldKind, (at: number, count: number) => number>;
  readonly #countMissing: (at: number, count: number) => number;

  constructor() {
    const { buffer, functions } = instantiate(FOLD_PROGRAM);
    this.#column = new Float64Array(buffer, VALUES_AT, VALUES_MAX);
    this.#results = new Float64Array(buffer, RESULTS_AT, VALUES_MAX);
    this.#missing = new Uint32Array(buffer, MISSING_AT, VALUES_MAX);
    this.#largest = new Float64Array(buffer, LARGEST_AT, 2);
    const { lookAtNumbers, lookForMinusZero, sum, max, min, missing } = functions;
    this.#look = { sum: lookAtNumbers, max: lookForMinusZero, min: lookForMinusZero };
    this.#put = { sum, max, min };
    this.#countMissing = missing;
  }

  /** The largest number that was looked at, without its sign. */
  get largest(): number {
    return Math.max(this.#largest[0], this.#largest[1]);
  }

  set largest(value: number) {
    this.#largest.fill(value);
  }

  /** Takes values, `VALUES_MAX` at most, of one series or of several, to be looked at and put. */
  load(values: Float64Array): void {
    this.#column.set(values);
  }

  /**
   * How many of `count` values, from the one at the place `at` on, are NaN, or `UNFIT` where one of the others does not fit: to be
   * added up it has to be a whole number of times one divided by `parts`; the larger of two is not told where one is -0.
   */
  look(kind: FoldKind, at: number, count: number, parts: number): number {
    return this.#look[kind](at, count, parts);
  }

  /** Begins with these results, and so many values missing of each, where they are to be counted. */
  begin(results: Float64Array, missing?: Uint32Array): void {
    this.#results.set(results);
    if (missing !== undefined) this.#missing.set(missing);
  }

  /** Puts `count` values, from the one at the place `at` on, to the results, but for those that are NaN. */
  put(kind: FoldKind, at: number, count: number): void {
    this.#put[kind](at, count);
  }

  /** Counts those of them that are NaN as missing. */
  countMissing(at: number, count: number): void {
    this.#countMissing(at, count);
  }

  /** Copies what came of it. */
  end(results: Float64Array, missing?: Uint32Array): void {
    results.set(this.#results.subarray(0, results.length));
    missing?.set(this.#missing.subarray(0, missing.length));
  }
}

let shared: FoldKernel | undefined;

/** The one of this thread, for those who are done with it at once; it is made when it is needed first. */
export function foldKernel(): FoldKernel {
  shared ??= new FoldKernel();
  return shared;
}
