import { pythonFloat } from './python-float.js';

/** Python's `'%g' % value`: six digits, without zeros at the end. */
export function formatG(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return formatNotFinite(value);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa, power] = value.toExponential(digits - 1).split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= digits) {
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${withoutZeros(mantissa)}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  return withoutZeros(value.toFixed(digits - 1 - exponent));
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
