import { pythonFloat } from './python-float.js';

/** As many digits more show whether the rest of a double is exactly a half: it has no more that count. */
const DIGITS_OF_TIE = 40;
const DIGITS_MAX = 100;

/** Python's `'%g' % value`: six digits, without zeros at the end. */
export function formatG(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return formatNotFinite(value);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa, power] = formatE(value, digits - 1).split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= digits) return `${withoutZeros(mantissa)}e${power}`;
  return withoutZeros(formatF(value, digits - 1 - exponent));
}

/** Python's `'%.<digits>e' % value`. */
export function formatE(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return formatNotFinite(value);
  const rounded = value.toExponential(digits);
  const [mantissa, power] = rounded.split('e');
  const [more, morePower] = value
    .toExponential(Math.min(DIGITS_MAX, digits + DIGITS_OF_TIE))
    .split('e');
  const isEven = power === morePower;
  const shown = isEven ? halfToEven(mantissa, more, digits) : mantissa;
  const size = String(Math.abs(Number(power))).padStart(2, '0');
  return `${Object.is(value, -0) ? '-' : ''}${shown}e${Number(power) < 0 ? '-' : '+'}${size}`;
}

/** Python's `'%.<digits>f' % value`. */
export function formatF(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return formatNotFinite(value);
  if (Math.abs(value) >= 1e21)
    return `${formatD(value)}${digits > 0 ? `.${'0'.repeat(digits)}` : ''}`;
  const more = value.toFixed(Math.min(DIGITS_MAX, digits + DIGITS_OF_TIE));
  const rounded = halfToEven(value.toFixed(digits), more, digits);
  return `${Object.is(value, -0) ? '-' : ''}${rounded}`;
}

/**
 * Of a double exactly between two decimals JavaScript writes the larger one, Python the even one.
 *
 * @param more the same number with digits after those that are shown
 */
function halfToEven(rounded: string, more: string, digits: number): string {
  const point = more.indexOf('.');
  const shown = more.slice(0, point + 1 + digits);
  if (!/^50*$/.test(more.slice(shown.length))) return rounded;
  const below = digits === 0 ? more.slice(0, point) : shown;
  return Number(below.at(-1)) % 2 === 0 ? below : rounded;
}

/** Python's `'%d' % value`: what is left of the point. Infinite values have no such form. */
export function formatD(value: number): string {
  return BigInt(Math.trunc(value)).toString();
}

/** Python's `str` of a float, or of an int. */
export function formatNumber(value: number, isInteger: boolean): string {
  if (!Number.isFinite(value)) return formatNotFinite(value);
  return isInteger ? formatD(value) : pythonFloat(value);
}

function formatNotFinite(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}

function withoutZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}
