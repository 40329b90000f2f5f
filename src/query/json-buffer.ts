import { pythonFloat } from './python-float.js';

/** A point takes at most `, [` + 24 for the value + `, ` + 17 for the time + `]`. */
const POINT_BYTES_MAX = 64;
/** Below this every decimal of three places has a double of its own. */
const EXACT_MAX = 1e15;

const COMMA = 0x2c;
const BLANK = 0x20;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const DOT = 0x2e;
const MINUS = 0x2d;
const ZERO = 0x30;

/** What follows a value: `, `, a time of ten digits, and the end of its point and the beginning of the next one, `], [`. */
const TAIL_BYTES = 16;
const TAIL_WORDS = TAIL_BYTES / 4;
const TAIL_OPENING = 3;
/** Times of a series whose texts are kept. */
const TAILS_MAX = 65_536;
/** `null`, as a little-endian word. */
const NULL_WORD = Buffer.from('null').readInt32LE();

/** The digits of 00 to 99. */
const PAIRS = Uint8Array.from({ length: 200 }, (_, i) =>
  i % 2 === 0 ? ZERO + Math.floor(i / 20) : ZERO + (((i - 1) / 2) % 10),
);

/** JSON in the making, as bytes: a string for each point would cost five times as much. */
export class JsonBuffer {
  #bytes: Buffer;
  #length = 0;
  #tails: { startS: number; stepS: number; count: number; words: Int32Array | null } | undefined;

  /** @param sizeBytes a guess at the size of the whole */
  constructor(sizeBytes: number) {
    this.#bytes = Buffer.allocUnsafe(sizeBytes);
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
    this.#bytes = Buffer.allocUnsafe(this.#bytes.length);
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
    at = writeValue(bytes, at, value);
    bytes[at++] = COMMA;
    bytes[at++] = BLANK;
    at = writeInteger(bytes, at, timeS);
    bytes[at++] = CLOSE;
    this.#length = at;
  }

  /** `[value, time]` of the values `[from, to)`, the first of all at `startS`, after a comma unless it is that one. */
  points(values: Float64Array, startS: number, stepS: number, from: number, to: number): void {
    const tails = this.#tailsOf(startS, stepS, values.length);
    if (tails === null || from >= to) {
      for (let i = from; i < to; i++) this.point(values[i], startS + i * stepS, i === 0);
      return;
    }
    this.#reserve((to - from) * POINT_BYTES_MAX);
    const bytes = this.#bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = this.#length;
    if (from > 0) {
      bytes[at++] = COMMA;
      bytes[at++] = BLANK;
    }
    bytes[at++] = OPEN;
    for (let i = from, tail = from * TAIL_WORDS; i < to; i++, tail += TAIL_WORDS) {
      const value = values[i];
      if (!Number.isNaN(value)) at = writeValue(bytes, at, value);
      else {
        view.setInt32(at, NULL_WORD, true);
        at += 4;
      }
      view.setInt32(at, tails[tail], true);
      view.setInt32(at + 4, tails[tail + 1], true);
      view.setInt32(at + 8, tails[tail + 2], true);
      view.setInt32(at + 12, tails[tail + 3], true);
      at += TAIL_BYTES;
    }
    // The last tail opens a point that does not come.
    this.#length = at - TAIL_OPENING;
  }

  /** `, 1700000000], [` for each time; null where times have not ten digits. Most series of an answer have the same times. */
  #tailsOf(startS: number, stepS: number, count: number): Int32Array | null {
    const endS = startS + count * stepS;
    const isUsual = Number.isInteger(startS) && Number.isInteger(stepS) && startS >= 1e9;
    if (!isUsual || endS >= 1e10 || count > TAILS_MAX) return null;
    const known = this.#tails;
    if (known?.startS !== startS || known.stepS !== stepS || known.count < count) {
      // They cost more than the series that they are made for: worth it from the next one on.
      this.#tails = { startS, stepS, count, words: null };
      return null;
    }
    if (known.words !== null) return known.words;
    const words = new Int32Array(known.count * TAIL_WORDS);
    const bytes = Buffer.from(words.buffer);
    for (let i = 0; i < known.count; i++)
      bytes.write(`, ${startS + i * stepS}], [`, i * TAIL_BYTES, 'latin1');
    known.words = words;
    return words;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Most values have at most three decimals: those are written digit by digit. Returns where it ends. */
function writeValue(bytes: Buffer, at: number, value: number): number {
  const thousandths = Math.round(value * 1000);
  const isPlain = thousandths / 1000 === value && Math.abs(thousandths) < EXACT_MAX;
  if (isPlain && !Object.is(thousandths, -0)) return writeThousandths(bytes, at, thousandths);
  return at + bytes.write(anyValue(value), at, 'latin1');
}

function anyValue(value: number): string {
  if (Number.isNaN(value)) return 'null';
  if (Number.isFinite(value)) return pythonFloat(value);
  return value > 0 ? '1e9999' : '-1e9999';
}

/** No other decimal of 15 digits or fewer is the same double, so these digits are the shortest. */
function writeThousandths(bytes: Buffer, start: number, signed: number): number {
  let at = start;
  if (signed < 0) bytes[at++] = MINUS;
  const thousandths = Math.abs(signed);
  const whole = Math.floor(thousandths / 1000);
  const rest = (thousandths - whole * 1000) | 0;
  at = writeInteger(bytes, at, whole);
  bytes[at++] = DOT;
  const tenths = (rest / 100) | 0;
  bytes[at++] = ZERO + tenths;
  const hundredths = (rest - tenths * 100) | 0;
  if (hundredths === 0) return at;
  const tens = (hundredths / 10) | 0;
  bytes[at++] = ZERO + tens;
  const ones = hundredths - tens * 10;
  if (ones !== 0) bytes[at++] = ZERO + ones;
  return at;
}

/** Writes an integer from 0 to 2^53. */
function writeInteger(bytes: Buffer, at: number, value: number): number {
  if (value < 1e9) return writeDigits(bytes, at, value | 0, digitCount(value | 0));
  if (value <= 0x7fffffff) return writeDigits(bytes, at, value | 0, 10);
  const high = Math.floor(value / 1e9);
  return writeDigits(bytes, writeInteger(bytes, at, high), (value - high * 1e9) | 0, 9);
}

function writeDigits(bytes: Buffer, at: number, value: number, count: number): number {
  let rest = value;
  let i = at + count;
  while (i > at + 1) {
    const next = (rest / 100) | 0;
    const pair = (rest - next * 100) << 1;
    bytes[--i] = PAIRS[pair + 1];
    bytes[--i] = PAIRS[pair];
    rest = next;
  }
  if (i > at) bytes[--i] = ZERO + rest;
  return at + count;
}

function digitCount(value: number): number {
  let count = 1;
  for (let limit = 10; value >= limit; limit *= 10) count++;
  return count;
}
