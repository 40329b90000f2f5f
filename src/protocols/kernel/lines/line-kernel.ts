import { CLASS_OF_BYTE } from '../../byte-classes.js';
import type { PointBlock } from '../../points.js';
import { instantiate } from '../wasm/module.js';
import * as at from './line-layout.js';
import { lineProgram } from './line-program.js';

const NEWLINE = 10;

/**
 * Decodes plain lines in WebAssembly (`line-program.ts`). What it takes, `scanPlainLines` takes as
 * well, and makes the same of it; it leaves more to others: numbers with an exponent or more than 15 digits.
 */
export class LineKernel {
  readonly #lines: (start: number, end: number, delta: number) => number;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #unusual: Uint8Array;

  constructor() {
    const { buffer, functions } = instantiate(lineProgram());
    this.#lines = functions.lines;
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer);
    this.#times = new Float64Array(buffer, at.TIMES_AT, at.POINTS_MAX);
    this.#values = new Float64Array(buffer, at.VALUES_AT, at.POINTS_MAX);
    this.#starts = new Uint32Array(buffer, at.STARTS_AT, at.POINTS_MAX);
    this.#ends = new Uint32Array(buffer, at.ENDS_AT, at.POINTS_MAX);
    this.#unusual = new Uint8Array(buffer, at.UNUSUAL_AT, at.POINTS_MAX);
    this.#bytes.set(CLASS_OF_BYTE, at.CLASSES_AT);
    const powers = Array.from({ length: at.DIGITS_MAX + 1 }, (_, exponent) => 10 ** exponent);
    new Float64Array(buffer, at.POWERS_AT).set(powers);
  }

  /**
   * Appends the points of the lines in `[start, end)` of `block.bytes`, for as long as they are plain.
   *
   * @returns the start of the first line that was not decoded, or `end`
   */
  decode(block: PointBlock, start: number, end: number): number {
    const { bytes } = block;
    for (let p = start; p < end; ) {
      const length = Math.min(end - p, at.INPUT_BYTES);
      this.#bytes.set(bytes.subarray(p, p + length), at.INPUT_AT);
      this.#bytes[at.INPUT_AT + length] = NEWLINE;
      const stopped = this.#decodeInput(block, p, length);
      if (stopped === p) return p;
      p = stopped;
    }
    return end;
  }

  /** Decodes what lies in the input, which is at `start` of the block's bytes. Returns where there it has stopped. */
  #decodeInput(block: PointBlock, start: number, length: number): number {
    const inputEnd = at.INPUT_AT + length;
    const delta = start - at.INPUT_AT;
    for (let from = at.INPUT_AT; ; ) {
      const count = this.#lines(from, inputEnd, delta);
      if (count > 0) this.#append(block, count);
      from = this.#words[at.STOPPED_AT >> 2];
      if (count < at.POINTS_MAX) return from + delta;
    }
  }

  #append(block: PointBlock, count: number): void {
    block.appendColumns({
      nameStart: this.#starts.subarray(0, count),
      nameEnd: this.#ends.subarray(0, count),
      timestamps: this.#times.subarray(0, count),
      values: this.#values.subarray(0, count),
      unusualName: this.#unusual.subarray(0, count),
    });
  }
}
