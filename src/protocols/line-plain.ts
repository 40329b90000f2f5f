import { BLANK, CLASS_OF_BYTE, LINE_BYTES_MAX, NAME, NAME_UNUSUAL, TILDE } from './byte-classes.js';
import { LineKernel } from './kernel/lines/line-kernel.js';
import { scanNumber, scanned } from './line-number.js';
import type { PointBlock } from './points.js';

const NEWLINE = 10;
/** Shorter input is not worth the way to the kernel. */
const KERNEL_BYTES_MIN = 512;

const kernel = new LineKernel();

/**
 * The fast path of the line protocol. Appends the points of the lines in `[start, end)` for as long as they
 * are plain: an ASCII name, one blank, a decimal number, one blank, a non-negative time, an optional `\r`,
 * `\n`. It accepts only what is certainly good and rejects nothing. The names lie in `block.bytes`.
 *
 * @param end the index after a newline (or equal to `start`)
 * @returns the start of the first line that needs a closer look, or `end`
 */
export function decodePlainLines(start: number, end: number, block: PointBlock): number {
  let p = start;
  while (end - p >= KERNEL_BYTES_MIN) {
    p = kernel.decode(block, p, end);
    if (p === end) return end;
    const lineEnd = block.bytes.indexOf(NEWLINE, p) + 1;
    if (scanPlainLines(p, lineEnd, block) !== lineEnd) return p;
    p = lineEnd;
  }
  return scanPlainLines(p, end, block);
}

/** As `decodePlainLines`, without the kernel. The newline at the end stops every loop in here. */
export function scanPlainLines(start: number, end: number, block: PointBlock): number {
  const { bytes } = block;
  let p = start;
  while (p < end) {
    const lineStart = p;
    let byteClass = NAME;
    let unusual = bytes[p] === TILDE ? NAME_UNUSUAL : NAME;
    while ((byteClass = CLASS_OF_BYTE[bytes[p]]) < BLANK) {
      unusual |= byteClass;
      p++;
    }
    const nameEnd = p;
    if (byteClass !== BLANK || nameEnd === lineStart) return lineStart;

    p = scanNumber(bytes, p + 1);
    if (p < 0 || CLASS_OF_BYTE[bytes[p]] !== BLANK) return lineStart;
    const value = scanned[0];

    p = scanNumber(bytes, p + 1);
    if (p < 0) return lineStart;
    const timestamp = scanned[0];
    if (!(timestamp >= 0 && timestamp < Number.POSITIVE_INFINITY)) return lineStart;

    if (bytes[p] === 13) p++;
    if (bytes[p] !== 10 || p - lineStart > LINE_BYTES_MAX) return lineStart;
    block.append(lineStart, nameEnd, timestamp, value, unusual);
    p++;
  }
  return p;
}
