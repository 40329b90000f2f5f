import { isUtf8 } from 'node:buffer';
import { scanNumber, scanned } from './line-number.js';
import { receivedTimestamp } from './line-timestamp.js';
import type { PointBlock } from './points.js';
import { blankLength, pythonFloat, textOf } from './python-text.js';

/** What became of a line. Only `accepted` has appended a point. */
export type OddLine =
  | 'accepted'
  | 'malformed-line'
  | 'nan-value'
  | 'invalid-utf8'
  | 'nan-timestamp'
  | 'infinite-timestamp';

const FIELDS = 3;

/** Start and end of the three fields of the line in hand. */
const fields = new Uint32Array(2 * FIELDS);

/**
 * Decodes one line by all of carbon's rules: three fields between Python blanks, numbers as Python's `float`
 * takes them. Made for lines that `decodePlainLines` left over.
 *
 * @param end the index of the line's end, its break not included
 */
export function decodeOddLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  block: PointBlock,
  nowS: number,
): OddLine {
  if (!isAscii(bytes, start, end) && !isUtf8(bytes.subarray(start, end))) return 'invalid-utf8';
  if (!splitFields(bytes, start, end)) return 'malformed-line';
  const value = fieldNumber(bytes, fields[2], fields[3]);
  const timestamp = fieldNumber(bytes, fields[4], fields[5]);
  if (value === undefined || timestamp === undefined) return 'malformed-line';
  if (Number.isNaN(value)) return 'nan-value';
  if (Number.isNaN(timestamp)) return 'nan-timestamp';
  if (!Number.isFinite(timestamp)) return 'infinite-timestamp';
  block.append(
    fields[0],
    fields[1],
    receivedTimestamp(timestamp, nowS),
    value,
    isUnusualName(bytes, fields[0], fields[1]) ? 1 : 0,
  );
  return 'accepted';
}

/** True where the name may need tag normalisation: it holds `;` or `{`, or starts with `~`. */
export function isUnusualName(bytes: Uint8Array, start: number, end: number): boolean {
  if (start < end && bytes[start] === 0x7e) return true;
  for (let p = start; p < end; p++) if (bytes[p] === 0x3b || bytes[p] === 0x7b) return true;
  return false;
}

/** Python's `str.split()` into `fields`; false unless there are exactly three. */
function splitFields(bytes: Uint8Array, start: number, end: number): boolean {
  let found = 0;
  let p = start;
  while (true) {
    let blank = 0;
    while (p < end && (blank = blankLength(bytes, p)) > 0) p += blank;
    if (p >= end) return found === FIELDS;
    if (found === FIELDS) return false;
    fields[2 * found] = p;
    while (p < end && blankLength(bytes, p) === 0) p++;
    fields[2 * found + 1] = p;
    found++;
  }
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let p = start; p < end; p++) if (bytes[p] >= 0x80) return false;
  return true;
}

function fieldNumber(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (scanNumber(bytes, start) === end) return scanned[0];
  return pythonFloat(textOf(bytes, start, end));
}
