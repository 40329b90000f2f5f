import type { Aggregation } from './aggregation.js';
import type { TimeSeries } from './time-series.js';

/** By one value of each series; those without a value are lowest, equal ones stay in their order. */
export function sortedByValue(
  all: readonly TimeSeries[],
  aggregate: Aggregation,
  isDescending: boolean,
): TimeSeries[] {
  const keyed = all.map((series) => {
    const value = aggregate(series.values, 0, series.values.length);
    return { series, value: Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value };
  });
  const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);
  keyed.sort((a, b) => (isDescending ? compare(b.value, a.value) : compare(a.value, b.value)));
  return keyed.map(({ series }) => series);
}
