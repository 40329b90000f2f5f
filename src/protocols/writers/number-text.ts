/** The decimals that are tried before a number is left to `String`. */
const DECIMALS_MAX = 6;
const POWERS_OF_TEN = Float64Array.from({ length: DECIMALS_MAX + 1 }, (_, k) => 10 ** k);
/** Below it every whole number is exact, and so is a quotient by a power of ten rounded once. */
const MANTISSA_MAX = 2 ** 53;
const BILLION = 1_000_000_000;

/** What a number takes as text at most: `-0.0000010006911362765872`. */
export const NUMBER_BYTES_MAX = 25;

/**
 * Writes a number at `at`, in the fewest digits from which it is read back to the bit; infinities and NaN as Python
 * writes them. Returns the index behind it; `into` has room for `NUMBER_BYTES_MAX`.
 */
export function writeNumber(into: Uint8Array, at: number, value: number): number {
  let magnitude = value;
  let p = at;
  if (value < 0) {
    into[p++] = 0x2d;
    magnitude = -value;
  }
  for (let decimals = 0; decimals <= DECIMALS_MAX; decimals++) {
    const power = POWERS_OF_TEN[decimals];
    const mantissa = Math.floor(magnitude * power + 0.5);
    if (!(mantissa < MANTISSA_MAX)) break;
    // The quotient is rounded as a reader of the text rounds it: equal here is equal there.
    if (mantissa / power === magnitude && (mantissa !== 0 || !Object.is(value, -0)))
      return writeDecimal(into, p, mantissa, decimals);
  }
  return writeRare(into, at, value);
}

/** Writes `mantissa / 10 ** decimals`. */
function writeDecimal(into: Uint8Array, at: number, mantissa: number, decimals: number): number {
  if (decimals === 0) return writeWhole(into, at, mantissa);
  const power = POWERS_OF_TEN[decimals];
  const whole = Math.floor(mantissa / power);
  const p = writeWhole(into, at, whole);
  into[p] = 0x2e;
  writeDigits(into, p + 1, mantissa - whole * power, decimals);
  return p + 1 + decimals;
}

/** Writes a whole number from 0 to 2^53. */
export function writeWhole(into: Uint8Array, at: number, whole: number): number {
  if (whole >= BILLION) {
    const high = Math.floor(whole / BILLION);
    const p = writeWhole(into, at, high);
    writeDigits(into, p, whole - high * BILLION, 9);
    return p + 9;
  }
  let digits = 1;
  for (let limit = 10; digits < 9 && whole >= limit; limit *= 10) digits++;
  writeDigits(into, at, whole, digits);
  return at + digits;
}

/** Writes the last `digits` digits of a whole number below 2^31. */
function writeDigits(into: Uint8Array, at: number, whole: number, digits: number): void {
  let left = whole | 0;
  for (let p = at + digits - 1; p >= at; p--) {
    const tenth = (left / 10) | 0;
    into[p] = 0x30 + left - tenth * 10;
    left = tenth;
  }
}

function writeRare(into: Uint8Array, at: number, value: number): number {
  const text = Object.is(value, -0) ? '-0.0' : pythonText(value);
  for (let i = 0; i < text.length; i++) into[at + i] = text.charCodeAt(i);
  return at + text.length;
}

function pythonText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  return Number.isNaN(value) ? 'nan' : String(value);
}
