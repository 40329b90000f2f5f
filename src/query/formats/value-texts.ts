import { COLUMN_MAX, columnKernel } from '../../protocols/kernel/numbers/column-kernel.js';
import type { NumberWords } from '../../protocols/kernel/numbers/number-tables.js';

const NEWLINE = 0x0a;
/** Whole numbers below it the engine writes faster than a text is cut out of others. */
const WHOLE_END = 1e9;

/** The values of a column as Python prints floats, for those who ask for them in their order. NaN is no value. */
export class ValueTexts {
  readonly #values: Float64Array;
  readonly #words: NumberWords;
  readonly #atOnce: number;
  #from = 0;
  #texts: readonly string[] = [];

  /**
   * @param words a format's words for no value and infinity
   * @param atOnce the texts that are kept, at most `COLUMN_MAX`
   */
  constructor(values: Float64Array, words: NumberWords, atOnce = COLUMN_MAX) {
    this.#values = values;
    this.#words = words;
    this.#atOnce = atOnce;
  }

  /** The text of the value with this index. */
  at(index: number): string {
    const value = this.#values[index];
    if (Number.isNaN(value)) return this.#words.none;
    if (isPlain(value)) return `${value}.0`;
    if (index >= this.#from + this.#texts.length) this.#write(index);
    return this.#texts[index - this.#from];
  }

  /** Texts of the values from this one on: of many at once, one takes a third of the time. */
  #write(from: number): void {
    const piece = this.#values.subarray(from, from + this.#atOnce);
    const text = columnKernel().values(piece, this.#words, NEWLINE).toString('latin1');
    this.#texts = text.split('\n', piece.length);
    this.#from = from;
  }
}

function isPlain(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < WHOLE_END && !Object.is(value, -0);
}
