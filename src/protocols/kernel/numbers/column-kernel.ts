import { assert } from '../../../assert.js';
import { instantiate } from '../wasm/module.js';
import * as at from './column-layout.js';
import { columnProgram } from './column-program.js';
import { type NumberWords, writeTables, writeWords } from './number-tables.js';

/** Values of one call at most. */
export const COLUMN_MAX = at.VALUES_MAX;

const TIME_END = 1e15;

/**
 * Writes columns of doubles as Python's `repr` writes a float (`5.0`, `0.1`, `1e-05`), in WebAssembly (`column-program.ts`).
 * What it returns are views of the kernel: good until its next call.
 */
export class ColumnKernel {
  readonly #values: (count: number, separator: number) => number;
  readonly #points: (count: number, timeS: number, stepS: number, known: number) => number;
  readonly #column: Float64Array;
  readonly #text: Buffer;
  readonly #buffer: ArrayBuffer;
  #words: NumberWords | undefined;

  constructor() {
    const { buffer, functions } = instantiate(columnProgram());
    this.#values = functions.values;
    this.#points = functions.points;
    this.#column = new Float64Array(buffer, at.VALUES_AT, at.VALUES_MAX);
    this.#text = Buffer.from(buffer, at.TEXT_AT, at.TEXT_BYTES);
    this.#buffer = buffer;
    writeTables(buffer);
  }

  /** The texts of up to `COLUMN_MAX` values, an ASCII character behind each. */
  values(values: Float64Array, words: NumberWords, separator: number): Buffer {
    this.#load(values, words);
    return this.#textTo(this.#values(values.length, separator));
  }

  /**
   * Up to `COLUMN_MAX` values as `, [value, time]` each; times are whole seconds.
   * @param known leaves out those without a value
   */
  points(
    values: Float64Array,
    words: NumberWords,
    startS: number,
    stepS: number,
    known: boolean,
  ): Buffer {
    const endS = startS + values.length * stepS;
    assert(Math.max(Math.abs(startS), Math.abs(endS)) < TIME_END, 'times have 15 digits at most');
    this.#load(values, words);
    return this.#textTo(this.#points(values.length, startS, stepS, known ? 1 : 0));
  }

  #load(values: Float64Array, words: NumberWords): void {
    assert(values.length <= at.VALUES_MAX, 'a call has room for so many values');
    if (words !== this.#words) {
      writeWords(this.#buffer, words);
      this.#words = words;
    }
    this.#column.set(values);
  }

  #textTo(end: number): Buffer {
    return this.#text.subarray(0, end - at.TEXT_AT);
  }
}

let shared: ColumnKernel | undefined;

/** The one of this thread, for those who use what it returns at once; it is made when it is needed first. */
export function columnKernel(): ColumnKernel {
  shared ??= new ColumnKernel();
  return shared;
}
