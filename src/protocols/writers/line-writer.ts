import { TextCopy } from '../text-copy.js';
import { NUMBER_BYTES_MAX, writeNumber, writeWhole } from './number-text.js';
import type { PointWriter } from './point-writer.js';

/** Value and time of a line, the blanks before them and the newline. */
const TAIL_BYTES_MAX = 3 + 2 * NUMBER_BYTES_MAX;
const SPACE = 0x20;
/** What Python splits a line at, but for the newline between the names of a batch. */
const BLANKS = [SPACE, 0x09, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f];
const NOTHING = new Uint8Array(0);

/** The time of the last line as text, since most lines have the time of the one before; all writers share it. */
const timeText = new Uint8Array(2 + NUMBER_BYTES_MAX);
let timeTextOf = Number.NaN;
let timeTextLength = 0;

let blanksOf: Uint8Array = NOTHING;
let blanksFound = false;

/**
 * Carbon's line protocol, `metric value timestamp\n`. As carbon's own client does, it cuts off a fraction of a second;
 * unlike it, it does not round values. A name with a blank in it, as Python sees blanks, cannot be said in a line.
 */
export class LineWriter implements PointWriter {
  points = 0;
  #buffer: Uint8Array = NOTHING;
  #length = 0;
  readonly #copy = new TextCopy();
  readonly #timeCopy = new TextCopy();

  begin(buffer: Uint8Array): void {
    this.#buffer = buffer;
    this.#copy.target(buffer);
    this.#timeCopy.target(buffer);
    this.#length = 0;
    this.points = 0;
  }

  fits(nameLength: number): boolean {
    return this.#length + nameLength + TAIL_BYTES_MAX <= this.#buffer.length;
  }

  append(bytes: Uint8Array, start: number, end: number, timestamp: number, value: number): boolean {
    const buffer = this.#buffer;
    if (mayHoldBlanks(bytes) && hasBlanks(bytes.subarray(start, end))) return false;
    let at = this.#copy.copy(bytes, start, end, this.#length);
    buffer[at++] = SPACE;
    at = writeNumber(buffer, at, value);
    if (timestamp !== timeTextOf) formatTime(timestamp);
    this.#length = this.#timeCopy.copy(timeText, 0, timeTextLength, at);
    this.points++;
    return true;
  }

  finish(): number {
    return this.#length;
  }
}

/** Whether there is a blank anywhere in `bytes`, in which many names of a batch lie; looked at once for all of them. */
function mayHoldBlanks(bytes: Uint8Array): boolean {
  if (bytes !== blanksOf) {
    blanksOf = bytes;
    blanksFound = hasBlanks(bytes);
  }
  return blanksFound;
}

function hasBlanks(bytes: Uint8Array): boolean {
  const searched = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return BLANKS.some((blank) => searched.includes(blank));
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
