import type { TimeSeries } from './time-series.js';

/** Series by a key, groups and series in the order in which they come. */
export function groupSeries(
  all: readonly TimeSeries[],
  keyOf: (series: TimeSeries) => string,
): Map<string, TimeSeries[]> {
  const groups = new Map<string, TimeSeries[]>();
  for (const series of all) {
    const key = keyOf(series);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [series]);
    else group.push(series);
  }
  return groups;
}
