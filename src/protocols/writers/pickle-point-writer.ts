import { FramedWriter } from './framed-writer.js';

/** Frame length, PROTO 2, EMPTY_LIST, MARK. */
const HEAD_BYTES = 8;
/** Of a point besides its name: BINUNICODE and its length, two BINFLOAT, two TUPLE2. */
const POINT_BYTES = 5 + 9 + 9 + 2;
/** APPENDS, STOP. */
const END_BYTES = 2;
/** What BININT can say. */
const INT32_MAX = 2 ** 31 - 1;

/**
 * Carbon's pickle protocol: `[(metric, (timestamp, value)), ...]` in protocol 2, in a frame (4-byte big-endian length).
 * Opcodes: Python's `pickletools`. A fraction of a second is cut off, as carbon does.
 */
export class PicklePointWriter extends FramedWriter {
  /** @param pointsMax of one pickle */
  constructor(pointsMax: number) {
    super(pointsMax, POINT_BYTES + END_BYTES);
  }

  override append(
    bytes: Uint8Array,
    start: number,
    end: number,
    timestamp: number,
    value: number,
  ): boolean {
    const buffer = this.buffer;
    let at = this.length;
    buffer[at++] = 0x58; // BINUNICODE
    this.view.setUint32(at, end - start, true);
    at += 4;
    at = this.copy.copy(bytes, start, end, at);
    at = this.#writeTime(at, Math.trunc(timestamp));
    buffer[at++] = 0x47; // BINFLOAT
    this.view.setFloat64(at, value);
    at += 8;
    buffer[at++] = 0x86; // TUPLE2
    buffer[at++] = 0x86;
    this.length = at;
    this.points++;
    return true;
  }

  protected override writeHead(): number {
    const { buffer } = this;
    buffer[4] = 0x80; // PROTO
    buffer[5] = 2;
    buffer[6] = 0x5d; // EMPTY_LIST
    buffer[7] = 0x28; // MARK
    return HEAD_BYTES;
  }

  protected override writeEnd(): void {
    this.buffer[this.length++] = 0x65; // APPENDS
    this.buffer[this.length++] = 0x2e; // STOP
  }

  #writeTime(at: number, seconds: number): number {
    if (Math.abs(seconds) <= INT32_MAX) {
      this.buffer[at] = 0x4a; // BININT
      this.view.setInt32(at + 1, seconds, true);
      return at + 5;
    }
    this.buffer[at] = 0x47; // BINFLOAT
    this.view.setFloat64(at + 1, seconds);
    return at + 9;
  }
}
