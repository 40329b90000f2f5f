import { normalise } from './normalise.js';
import { type TimeSeries, timeSeries } from './time-series.js';

/** How two values at the same position become one; null where one of them is. */
export type Pairing = (left: number, right: number) => number;

/** One series of two, brought to a common step and paired by position. */
export function pairSeries(
  left: TimeSeries,
  right: TimeSeries,
  name: string,
  xFilesFactor: number,
  pairing: Pairing,
): TimeSeries {
  const { series, startS, endS, stepS } = normalise([left, right]);
  const values = pairValues(series[0].values, series[1].values, pairing);
  return timeSeries({ name, startS, endS, stepS, values }, name, xFilesFactor);
}

/** As many values as the longer one has. */
export function pairValues(
  left: Float64Array,
  right: Float64Array,
  pairing: Pairing,
): Float64Array {
  const values = new Float64Array(Math.max(left.length, right.length)).fill(Number.NaN);
  const both = Math.min(left.length, right.length);
  for (let i = 0; i < both; i++) values[i] = pairing(left[i], right[i]);
  return values;
}

/** Null where the divisor is zero. */
export function quotient(dividend: number, divisor: number): number {
  return divisor === 0 ? Number.NaN : dividend / divisor;
}

export function product(left: number, right: number): number {
  return left * right;
}
