import { assert } from '../assert.js';
import { aggregation, countKnown, isEnough } from './aggregation.js';
import type { TimeSeries } from './time-series.js';

/** Several series brought to one step, to be paired by position. */
export interface Normalised {
  readonly series: readonly TimeSeries[];
  readonly startS: number;
  readonly endS: number;
  readonly stepS: number;
  /** The most values that one of them has. */
  readonly length: number;
}

/**
 * Brings series to the least common multiple of their steps, as graphite-web does: each is consolidated in
 * groups counted from its own first point, and points are paired by position, not by time.
 *
 * @param all at least one
 */
export function normalise(all: readonly TimeSeries[]): Normalised {
  assert(all.length > 0, 'there is a series to bring to a common step');
  const stepS = all.map((one) => one.stepS).reduce(leastCommonMultiple);
  const series = all.map((one) => groupValues(one, stepS / one.stepS));
  // There may be more series than a call takes arguments.
  const startS = all.map((one) => one.startS).reduce((least, one) => Math.min(least, one));
  const endS = all.map((one) => one.endS).reduce((most, one) => Math.max(most, one));
  const length = series.reduce((most, one) => Math.max(most, one.values.length), 0);
  return { series, startS, endS: endS - ((endS - startS) % stepS), stepS, length };
}

/** Groups of `valuesPerPoint` values from the first on, each made one by the series' own aggregation. */
export function groupValues(series: TimeSeries, valuesPerPoint: number): TimeSeries {
  if (valuesPerPoint === 1) return series;
  const { values, consolidateBy, xFilesFactor, stepS } = series;
  const aggregate = aggregation(consolidateBy);
  assert(aggregate !== undefined, `there is an aggregation ${consolidateBy}`);
  const groups = new Float64Array(Math.ceil(values.length / valuesPerPoint));
  for (let i = 0; i < groups.length; i++) {
    const start = i * valuesPerPoint;
    const end = Math.min(start + valuesPerPoint, values.length);
    // A last group that is not full is short of the values that it lacks.
    const isKnown = isEnough(countKnown(values, start, end), valuesPerPoint, xFilesFactor);
    groups[i] = isKnown ? aggregate(values, start, end) : Number.NaN;
  }
  return { ...series, stepS: stepS * valuesPerPoint, values: groups };
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
