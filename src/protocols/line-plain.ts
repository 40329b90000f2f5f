import { scanNumber, scanned } from './line-number.js';
import { receivedTimestamp } from './line-timestamp.js';
import type { PointBlock } from './points.js';

/** A line longer than this, its newline not counted, closes the connection (Twisted's `LineOnlyReceiver`). */
export const LINE_BYTES_MAX = 16384;

// The classes are ordered: what may stand in a plain name is below BLANK.
const NAME = 0;
const NAME_UNUSUAL = 1;
const BLANK = 2;
const OTHER = 3;

const CLASS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x20 || byte === 0x09) return BLANK;
  if ((byte >= 0x0a && byte <= 0x0d) || (byte >= 0x1c && byte <= 0x1f) || byte >= 0x80)
    return OTHER;
  return byte === 0x3b || byte === 0x7b ? NAME_UNUSUAL : NAME; // ; {
});

const TILDE = 0x7e;

/**
 * The fast path of the line protocol. Appends the points of the lines in `[start, end)` for as long as they
 * are plain: an ASCII name, one blank, a decimal number, one blank, a non-negative time, an optional `\r`,
 * `\n`. It accepts only what is certainly good and rejects nothing.
 *
 * @param end the index after a newline (or equal to `start`): the newline stops every loop in here
 * @param resolutionS see `receivedTimestamp`
 * @returns the start of the first line that needs a closer look, or `end`
 */
export function decodePlainLines(
  bytes: Uint8Array,
  start: number,
  end: number,
  block: PointBlock,
  resolutionS: number,
): number {
  let p = start;
  while (p < end) {
    const lineStart = p;
    let byteClass = NAME;
    let unusual = bytes[p] === TILDE ? NAME_UNUSUAL : NAME;
    while ((byteClass = CLASS[bytes[p]]) < BLANK) {
      unusual |= byteClass;
      p++;
    }
    const nameEnd = p;
    if (byteClass !== BLANK || nameEnd === lineStart) return lineStart;

    p = scanNumber(bytes, p + 1);
    if (p < 0 || CLASS[bytes[p]] !== BLANK) return lineStart;
    const value = scanned[0];

    p = scanNumber(bytes, p + 1);
    if (p < 0) return lineStart;
    let timestamp = scanned[0];
    if (!(timestamp >= 0 && timestamp < Number.POSITIVE_INFINITY)) return lineStart;
    if (resolutionS > 0) timestamp = receivedTimestamp(timestamp, 0, resolutionS);

    if (bytes[p] === 13) p++;
    if (bytes[p] !== 10 || p - lineStart > LINE_BYTES_MAX) return lineStart;
    block.append(lineStart, nameEnd, timestamp, value, unusual);
    p++;
  }
  return p;
}
