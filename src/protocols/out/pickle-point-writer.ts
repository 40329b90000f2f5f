import { TextCopy } from '../text-copy.js';
import type { PointWriter } from './point-writer.js';

/** Frame length, PROTO 2, EMPTY_LIST, MARK. */
const HEAD_BYTES = 8;
/** Of a point besides its name: BINUNICODE and its length, two BINFLOAT, two TUPLE2. */
const POINT_BYTES = 5 + 9 + 9 + 2;
/** APPENDS, STOP. */
const END_BYTES = 2;
const EMPTY = new DataView(new ArrayBuffer(0));
const NOTHING = new Uint8Array(0);
/** What BININT can say. */
const INT32_MAX = 2 ** 31 - 1;

/**
 * Carbon's pickle protocol: `[(metric, (timestamp, value)), ...]` in protocol 2, in a frame (4-byte big-endian length).
 * Opcodes: Python's `pickletools`. A fraction of a second is cut off, as carbon does.
 */
export class PicklePointWriter implements PointWriter {
  points = 0;
  readonly #pointsMax: number;
  #buffer: Uint8Array = NOTHING;
  #view: DataView = EMPTY;
  #length = 0;
  readonly #copy = new TextCopy();

  /** @param pointsMax of one pickle; carbon's MAX_DATAPOINTS_PER_MESSAGE */
  constructor(pointsMax: number) {
    this.#pointsMax = pointsMax;
  }

  begin(buffer: Uint8Array): void {
    this.#buffer = buffer;
    this.#copy.target(buffer);
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    buffer[4] = 0x80; // PROTO
    buffer[5] = 2;
    buffer[6] = 0x5d; // EMPTY_LIST
    buffer[7] = 0x28; // MARK
    this.#length = HEAD_BYTES;
    this.points = 0;
  }

  fits(nameLength: number): boolean {
    return (
      this.points < this.#pointsMax &&
      this.#length + POINT_BYTES + nameLength + END_BYTES <= this.#buffer.length
    );
  }

  append(bytes: Uint8Array, start: number, end: number, timestamp: number, value: number): boolean {
    const buffer = this.#buffer;
    let at = this.#length;
    buffer[at++] = 0x58; // BINUNICODE
    this.#view.setUint32(at, end - start, true);
    at += 4;
    at = this.#copy.copy(bytes, start, end, at);
    at = this.#writeTime(at, Math.trunc(timestamp));
    buffer[at++] = 0x47; // BINFLOAT
    this.#view.setFloat64(at, value);
    at += 8;
    buffer[at++] = 0x86; // TUPLE2
    buffer[at++] = 0x86;
    this.#length = at;
    this.points++;
    return true;
  }

  finish(): number {
    this.#buffer[this.#length++] = 0x65; // APPENDS
    this.#buffer[this.#length++] = 0x2e; // STOP
    this.#view.setUint32(0, this.#length - 4);
    return this.#length;
  }

  #writeTime(at: number, seconds: number): number {
    if (Math.abs(seconds) <= INT32_MAX) {
      this.#buffer[at] = 0x4a; // BININT
      this.#view.setInt32(at + 1, seconds, true);
      return at + 5;
    }
    this.#buffer[at] = 0x47; // BINFLOAT
    this.#view.setFloat64(at + 1, seconds);
    return at + 9;
  }
}
