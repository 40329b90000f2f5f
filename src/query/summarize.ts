import { type Aggregation, countKnown, isEnough } from './aggregation.js';
import type { TimeSeries } from './time-series.js';

/** Intervals from `startS` on, until one ends at `endS` or after it. */
export interface Intervals {
  readonly startS: number;
  readonly endS: number;
  readonly intervalS: number;
}

/**
 * One point for each interval, of the values whose times lie in it, as graphite-web's `summarize` and its
 * kin make them.
 *
 * @param nulls as in the context of a call: refuses a number of points that is too large
 */
export function summarized(
  { values, startS, endS, stepS, xFilesFactor }: TimeSeries,
  aggregate: Aggregation,
  intervals: Intervals,
  nulls: (count: number) => Float64Array,
): Pick<TimeSeries, 'startS' | 'endS' | 'stepS' | 'values'> {
  const { intervalS } = intervals;
  const length = Math.min(values.length, Math.ceil((endS - startS) / stepS));
  const result = nulls(Math.ceil((intervals.endS - intervals.startS) / intervalS));
  for (let i = 0; i < result.length; i++) {
    const offsetS = intervals.startS + i * intervalS - startS;
    const start = Math.max(0, Math.ceil(offsetS / stepS));
    const end = Math.min(length, Math.ceil((offsetS + intervalS) / stepS));
    if (isEnough(countKnown(values, start, end), intervalS / stepS, xFilesFactor))
      result[i] = aggregate(values, start, end);
  }
  return {
    startS: intervals.startS,
    endS: intervals.startS + result.length * intervalS,
    stepS: intervalS,
    values: result,
  };
}
