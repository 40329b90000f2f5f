import { pythonFloat } from './python-float.js';

/** A point takes at most `, [` + 24 for the value + `, ` + 17 for the time + `]`, and what is written beyond its end. */
const POINT_BYTES_MAX = 64;
/** Below this every decimal of three places has a double of its own. */
const EXACT_MAX = 1e15;

const COMMA = 0x2c;
const BLANK = 0x20;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const DOT = 0x2e;
const MINUS = 0x2d;

/** What follows a value: `, `, a time of ten digits, and the end of its point and the beginning of the next one, `], [`. */
const TAIL_BYTES = 16;
const TAIL_OPENING = 3;
/** `null`, and the end of a tail, as little-endian words. */
const NULL_WORD = Buffer.from('null').readInt32LE();
const BETWEEN_WORD = Buffer.from('], [').readInt32LE();

/** The digits of 0000 to 9999, as little-endian words. */
const FOUR_DIGITS = Int32Array.from({ length: 10_000 }, (_, i) => digits(i, 4).readInt32LE());
/** `.` and the digits of 0 to 999 thousandths, likewise, and how many bytes of them are shown: zeros at the end are not. */
const THOUSANDTHS = Int32Array.from(
  { length: 1_000 },
  (_, i) => (digits(i, 3).readUIntLE(0, 3) << 8) | DOT,
);
const THOUSANDTHS_SHOWN = Uint8Array.from({ length: 1_000 }, (_, i) =>
  i % 100 === 0 ? 2 : i % 10 === 0 ? 3 : 4,
);

function digits(value: number, count: number): Buffer {
  return Buffer.from(String(value).padStart(count, '0'));
}

/** JSON in the making, as bytes: a string for each point would cost five times as much. */
export class JsonBuffer {
  #bytes: Buffer;
  #view: DataView;
  #length = 0;

  /** @param sizeBytes a guess at the size of the whole */
  constructor(sizeBytes: number) {
    this.#bytes = Buffer.allocUnsafe(sizeBytes);
    this.#view = viewOf(this.#bytes);
  }

  /** What was written so far. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far, which is forgotten here. */
  taken(): Buffer {
    const bytes = this.bytes();
    this.#continueIn(Buffer.allocUnsafe(this.#bytes.length));
    this.#length = 0;
    return bytes;
  }

  /** ASCII text as it is. */
  text(ascii: string): void {
    this.#reserve(ascii.length);
    this.#length += this.#bytes.write(ascii, this.#length, 'latin1');
  }

  /** `[value, time]`, after a comma unless it is the first one. */
  point(value: number, timeS: number, isFirst: boolean): void {
    this.#reserve(POINT_BYTES_MAX);
    const bytes = this.#bytes;
    let at = this.#length;
    if (!isFirst) {
      bytes[at++] = COMMA;
      bytes[at++] = BLANK;
    }
    bytes[at++] = OPEN;
    at = writeValue(bytes, this.#view, at, value);
    bytes[at++] = COMMA;
    bytes[at++] = BLANK;
    at = writeWhole(this.#view, at, timeS);
    bytes[at++] = CLOSE;
    this.#length = at;
  }

  /** `[value, time]` of the values `[from, to)`, the first of all at `startS`, after a comma unless it is that one. */
  points(values: Float64Array, startS: number, stepS: number, from: number, to: number): void {
    const firstS = startS + from * stepS;
    if (from >= to || !haveTenDigits(firstS, stepS, to - from)) {
      for (let i = from; i < to; i++) this.point(values[i], startS + i * stepS, i === 0);
      return;
    }
    this.#reserve((to - from + 1) * POINT_BYTES_MAX);
    const bytes = this.#bytes;
    const view = this.#view;
    let at = this.#length;
    if (from > 0) {
      bytes[at++] = COMMA;
      bytes[at++] = BLANK;
    }
    bytes[at++] = OPEN;
    // Of a time the upper six digits seldom change from one point to the next.
    let upper = Math.floor(firstS / 10_000);
    let lower = firstS - upper * 10_000;
    let timeBegins = timeBeginning(upper);
    let timeGoesOn = FOUR_DIGITS[upper % 10_000];
    for (let i = from; i < to; i++) {
      const value = values[i];
      if (!Number.isNaN(value)) at = writeValue(bytes, view, at, value);
      else {
        view.setInt32(at, NULL_WORD, true);
        at += 4;
      }
      view.setInt32(at, timeBegins, true);
      view.setInt32(at + 4, timeGoesOn, true);
      view.setInt32(at + 8, FOUR_DIGITS[lower], true);
      view.setInt32(at + 12, BETWEEN_WORD, true);
      at += TAIL_BYTES;
      lower += stepS;
      if (lower >= 10_000) {
        const carried = Math.floor(lower / 10_000);
        upper += carried;
        lower -= carried * 10_000;
        timeBegins = timeBeginning(upper);
        timeGoesOn = FOUR_DIGITS[upper % 10_000];
      }
    }
    // The last tail opens a point that does not come.
    this.#length = at - TAIL_OPENING;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#continueIn(larger);
  }

  #continueIn(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** Whether so many times are whole seconds between 2001 and 2286. */
function haveTenDigits(firstS: number, stepS: number, count: number): boolean {
  const isWhole = Number.isInteger(firstS) && Number.isInteger(stepS) && stepS > 0;
  return isWhole && firstS >= 1e9 && firstS + count * stepS < 1e10;
}

/** `, ` and the first two of the six upper digits of a time, as a little-endian word. */
function timeBeginning(upper: number): number {
  const two = FOUR_DIGITS[Math.floor(upper / 10_000)];
  return (two & ~0xffff) | (BLANK << 8) | COMMA;
}

/** Most values have at most three decimals: those are written by their digits. Returns where it ends. */
function writeValue(bytes: Buffer, view: DataView, at: number, value: number): number {
  const thousandths = Math.round(value * 1000);
  const isPlain = thousandths / 1000 === value && Math.abs(thousandths) < EXACT_MAX;
  if (isPlain && !Object.is(thousandths, -0)) return writeThousandths(view, at, thousandths);
  return at + bytes.write(anyValue(value), at, 'latin1');
}

function anyValue(value: number): string {
  if (Number.isNaN(value)) return 'null';
  if (Number.isFinite(value)) return pythonFloat(value);
  return value > 0 ? '1e9999' : '-1e9999';
}

/** No other decimal of 15 digits or fewer is the same double, so these digits are the shortest. */
function writeThousandths(view: DataView, start: number, signed: number): number {
  let at = start;
  if (signed < 0) view.setUint8(at++, MINUS);
  const thousandths = Math.abs(signed);
  const whole = Math.floor(thousandths / 1000);
  const rest = thousandths - whole * 1000;
  at = writeWhole(view, at, whole);
  view.setInt32(at, THOUSANDTHS[rest], true);
  return at + THOUSANDTHS_SHOWN[rest];
}

/** Writes an integer from 0 to 2^53, and up to three bytes beyond it. Returns where it ends. */
function writeWhole(view: DataView, at: number, value: number): number {
  if (value < 10_000) {
    const shown = value < 100 ? (value < 10 ? 1 : 2) : value < 1_000 ? 3 : 4;
    view.setInt32(at, FOUR_DIGITS[value] >>> ((4 - shown) * 8), true);
    return at + shown;
  }
  const upper = Math.floor(value / 10_000);
  const end = writeWhole(view, at, upper);
  view.setInt32(end, FOUR_DIGITS[value - upper * 10_000], true);
  return end + 4;
}
