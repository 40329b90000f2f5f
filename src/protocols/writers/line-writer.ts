import { NUMBER_BYTES_MAX, numberText } from './number-text.js';
import type { PointWriter } from './point-writer.js';

/** Value and time of a line, the blanks before them and the newline. */
const TAIL_BYTES_MAX = 3 + 2 * NUMBER_BYTES_MAX;
/** What Python splits a line at, but for the newline. */
const BLANKS = [0x20, 0x09, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f];
const NOTHING = Buffer.alloc(0);

/**
 * Carbon's line protocol, `metric value timestamp\n`. As carbon's own client does, it cuts off a fraction of a second;
 * unlike it, it does not round values. A name with a blank in it, as Python sees blanks, cannot be said in a line.
 * `TextKernel` writes all lines but odd ones.
 */
export class LineWriter implements PointWriter {
  points = 0;
  #buffer: Buffer = NOTHING;
  #length = 0;

  begin(buffer: Uint8Array): void {
    this.#buffer = bufferOf(buffer);
    this.#length = 0;
    this.points = 0;
  }

  fits(nameLength: number): boolean {
    return this.#length + nameLength + TAIL_BYTES_MAX <= this.#buffer.length;
  }

  append(bytes: Uint8Array, start: number, end: number, timestamp: number, value: number): boolean {
    const name = bufferOf(bytes.subarray(start, end));
    if (BLANKS.some((blank) => name.includes(blank))) return false;
    name.copy(this.#buffer, this.#length);
    // The sum with 0 is never -0.
    const seconds = Math.trunc(timestamp) + 0;
    const tail = ` ${numberText(value)} ${numberText(seconds)}\n`;
    this.#length += name.length;
    this.#length += this.#buffer.write(tail, this.#length, 'latin1');
    this.points++;
    return true;
  }

  finish(): number {
    return this.#length;
  }
}

function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
