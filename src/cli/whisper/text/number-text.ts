import { pythonFloat } from '../../../query/python-float.js';

/*
 * Numbers as Python's `%` operator and `repr` print them. C rounds a tie to the even digit where JavaScript's
 * `toFixed` and `toPrecision` round it up, so the digits come from the exact value here.
 */

/** As `%.<decimals>f`; without decimals as `%f`. */
export function percentF(value: number, decimals = 6): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const sign = signOf(value);
  if (Number.isSafeInteger(value)) return `${sign}${Math.abs(value)}.${'0'.repeat(decimals)}`;
  const digits = String(scaled(Math.abs(value), decimals)).padStart(decimals + 1, '0');
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** As `%.<precision>g`: so many significant digits, without zeros at the end. */
export function percentG(value: number, precision: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  if (value === 0) return `${signOf(value)}0`;
  const { digits, exponent } = significant(Math.abs(value), precision);
  const shown = digits.replace(/0+$/, '');
  const sign = signOf(value);
  if (exponent < -4 || exponent >= precision) {
    const power = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${pointed(shown, 1)}e${exponent < 0 ? '-' : '+'}${power}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${shown}`;
  return `${sign}${pointed(shown.padEnd(exponent + 1, '0'), exponent + 1)}`;
}

/** As `repr` and `str`: the shortest digits that mean the value. */
export function floatText(value: number): string {
  return Number.isFinite(value) ? pythonFloat(value) : notFinite(value);
}

function notFinite(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return value < 0 ? '-inf' : 'inf';
}

function signOf(value: number): string {
  return value < 0 || Object.is(value, -0) ? '-' : '';
}

function pointed(digits: string, integerDigits: number): string {
  if (digits.length <= integerDigits) return digits;
  return `${digits.slice(0, integerDigits)}.${digits.slice(integerDigits)}`;
}

/** The first `precision` digits of a positive value, rounded, and the power of ten of the first of them. */
function significant(value: number, precision: number): { digits: string; exponent: number } {
  // The shortest digits that mean a value may be of the next power of ten, as may be the rounded ones.
  let exponent = Number(value.toExponential().split('e')[1]);
  for (;;) {
    const digits = String(scaled(value, precision - 1 - exponent));
    if (digits.length === precision) return { digits, exponent };
    exponent += digits.length - precision;
  }
}

/** The integer nearest to `value * 10 ** power`, of two equally near the even one. The value is not negative. */
function scaled(value: number, power: number): bigint {
  const [mantissa, exponent] = parts(value);
  const ten = 10n ** BigInt(Math.abs(power));
  const two = 2n ** BigInt(Math.abs(exponent));
  const numerator = mantissa * (power > 0 ? ten : 1n) * (exponent > 0 ? two : 1n);
  const denominator = (power < 0 ? ten : 1n) * (exponent < 0 ? two : 1n);
  const quotient = numerator / denominator;
  const twice = 2n * (numerator - quotient * denominator);
  const isUp = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return isUp ? quotient + 1n : quotient;
}

/** The mantissa and exponent of a value that is not negative: it is `mantissa * 2 ** exponent` (IEEE 754 binary64). */
function parts(value: number): [bigint, number] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const fraction = bits & 0xfffffffffffffn;
  return biased === 0 ? [fraction, -1074] : [fraction | (1n << 52n), biased - 1075];
}
