import { NUMBER_BYTES_MAX, writeNumber, writeWhole } from './number-text.js';
import type { PointWriter } from './point-writer.js';

/** Value and time of a line, the blanks before them and the newline. */
const TAIL_BYTES_MAX = 3 + 2 * NUMBER_BYTES_MAX;
const SPACE = 0x20;
const NOTHING = new Uint8Array(0);

/** The time of the last line as text, since most lines have the time of the one before; all writers share it. */
const timeText = new Uint8Array(2 + NUMBER_BYTES_MAX);
let timeTextOf = Number.NaN;
let timeTextLength = 0;

/**
 * Carbon's line protocol, `metric value timestamp\n`. As carbon's own client does, it cuts off a fraction of a second;
 * unlike it, it does not round values. A name with a blank or a control character cannot be said in a line.
 */
export class LineWriter implements PointWriter {
  points = 0;
  #buffer: Uint8Array = NOTHING;
  #length = 0;

  begin(buffer: Uint8Array): void {
    this.#buffer = buffer;
    this.#length = 0;
    this.points = 0;
  }

  fits(nameLength: number): boolean {
    return this.#length + nameLength + TAIL_BYTES_MAX <= this.#buffer.length;
  }

  append(bytes: Uint8Array, start: number, end: number, timestamp: number, value: number): boolean {
    const buffer = this.#buffer;
    let at = this.#length;
    let lowest = 0xff;
    for (let i = start; i < end; i++) {
      const byte = bytes[i];
      if (byte < lowest) lowest = byte;
      buffer[at++] = byte;
    }
    if (lowest <= SPACE) return false;
    buffer[at++] = SPACE;
    at = writeNumber(buffer, at, value);
    if (timestamp !== timeTextOf) formatTime(timestamp);
    for (let i = 0; i < timeTextLength; i++) buffer[at++] = timeText[i];
    this.#length = at;
    this.points++;
    return true;
  }

  finish(): number {
    return this.#length;
  }
}

/** Leaves ` <seconds>\n` in `timeText`. */
function formatTime(timestamp: number): void {
  const seconds = Math.trunc(timestamp);
  timeText[0] = SPACE;
  const end =
    seconds >= 0 && seconds <= Number.MAX_SAFE_INTEGER
      ? writeWhole(timeText, 1, seconds)
      : writeNumber(timeText, 1, seconds);
  timeText[end] = 0x0a;
  timeTextLength = end + 1;
  timeTextOf = timestamp;
}
