import { isUtf8 } from 'node:buffer';
import { decodeOddLine } from './line-odd.js';
import { decodePlainLines } from './line-plain.js';
import type { PointBlock } from './points.js';
import { lineBreakLength } from './python-text.js';
import type { RejectionSink } from './rejection.js';

const NEWLINE = 10;

/**
 * Clears `block` and decodes a UDP datagram of the line protocol into it, as carbon 1.1.7 does: lines break
 * where Python's `splitlines` breaks, nothing is joined across datagrams, one byte of invalid UTF-8 loses
 * the datagram, and an infinite time loses the rest of it.
 *
 * @param nowS seconds since the epoch with fraction, for points that say -1
 */
export function decodeDatagram(
  bytes: Uint8Array,
  block: PointBlock,
  rejections: RejectionSink,
  nowS: number,
): void {
  block.clear(bytes);
  if (!isUtf8(bytes)) {
    rejections.reject('invalid-utf8', bytes, 0, bytes.length);
    return;
  }
  const plainEnd = bytes.lastIndexOf(NEWLINE) + 1;
  let p = 0;
  while (p < bytes.length) {
    if (p < plainEnd) p = decodePlainLines(p, plainEnd, block);
    if (p === bytes.length) return;
    const end = lineEnd(bytes, p);
    const outcome = decodeOddLine(bytes, p, end, block, nowS);
    if (outcome === 'infinite-timestamp') {
      rejections.reject('bad-timestamp', bytes, p, bytes.length);
      return;
    }
    if (outcome === 'nan-timestamp') rejections.reject('malformed-line', bytes, p, end);
    else if (outcome !== 'accepted') rejections.reject(outcome, bytes, p, end);
    p = end < bytes.length ? end + lineBreakLength(bytes, end) : end;
  }
}

function lineEnd(bytes: Uint8Array, start: number): number {
  let p = start;
  while (p < bytes.length && lineBreakLength(bytes, p) === 0) p++;
  return p;
}
