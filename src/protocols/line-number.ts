import { textOf } from './python-text.js';

const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Where `scanNumber` leaves the number: a returned double would be boxed, a typed array's is not. */
export const scanned = new Float64Array(1);

/**
 * Scans `-?digits[.digits][e[+-]digits]` at `p` into `scanned[0]`, correctly rounded: the mantissa is an
 * exact integer below 2^53 and a power of ten up to 10^22 is exact, so one division rounds once.
 *
 * @returns the index after the number, or -1 where there is none of this form
 */
export function scanNumber(bytes: Uint8Array, start: number): number {
  let p = start;
  let byte = bytes[p];
  const negative = byte === 0x2d;
  if (negative) byte = bytes[++p];
  const digitsStart = p;
  let mantissa = 0;
  while (byte >= 0x30 && byte <= 0x39) {
    mantissa = mantissa * 10 + (byte - 0x30);
    byte = bytes[++p];
  }
  if (p === digitsStart) return -1;
  let decimals = 0;
  if (byte === 0x2e) {
    const decimalsStart = ++p;
    byte = bytes[p];
    while (byte >= 0x30 && byte <= 0x39) {
      mantissa = mantissa * 10 + (byte - 0x30);
      byte = bytes[++p];
    }
    decimals = p - decimalsStart;
  }
  if ((byte | 0x20) === 0x65 || mantissa > Number.MAX_SAFE_INTEGER || decimals > 22)
    return scanLongNumber(bytes, start, p);
  if (decimals > 0) mantissa /= POWERS_OF_TEN[decimals];
  scanned[0] = negative ? -mantissa : mantissa;
  return p;
}

/** The rest of `scanNumber` for a number with an exponent or too many digits; `p` is where its decimals end. */
function scanLongNumber(bytes: Uint8Array, start: number, p: number): number {
  let end = p;
  if ((bytes[end] | 0x20) === 0x65) {
    end++;
    if (bytes[end] === 0x2b || bytes[end] === 0x2d) end++;
    const exponentStart = end;
    while (bytes[end] >= 0x30 && bytes[end] <= 0x39) end++;
    if (end === exponentStart) return -1;
  }
  scanned[0] = Number(textOf(bytes, start, end, 'latin1'));
  return end;
}
