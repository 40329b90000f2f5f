import { aggregateRows, finishedFold } from './aggregate-rows.js';
import type { Aggregation } from './aggregation.js';
import type { Folded } from './fold.js';
import { normalise } from './normalise.js';
import { type TimeSeries, timeSeries } from './time-series.js';

/** How graphite's `aggregate` makes one series of several. */
export interface Combination {
  /** `sum` in `sumSeries(...)` and in the tag `aggregatedBy`. */
  readonly by: string;
  readonly aggregate: Aggregation;
  readonly xFilesFactor: number;
  /** As in `TimeSeries`. */
  readonly isFactorItsOwn?: boolean;
}

/** One series, or none if there is nothing to combine. */
export function combineSeries(
  all: readonly TimeSeries[],
  { by, aggregate, xFilesFactor, isFactorItsOwn = false }: Combination,
): TimeSeries[] {
  if (all.length === 0) return [];
  const name = `${by}Series(${pathExpressions(all)})`;
  const rows = normalise(all);
  const { startS, endS, stepS } = rows;
  const values = aggregateRows(rows, aggregate, xFilesFactor);
  const tags = new Map([['name', name], ...commonTags(all), ['aggregatedBy', by]]);
  const combined = timeSeries({ name, startS, endS, stepS, values }, name, xFilesFactor);
  return [{ ...combined, tags, isFactorItsOwn }];
}

/** The same of series without tags of which one was made before they came, all of one path. */
export function combinedFold(
  folded: Folded,
  pathExpression: string,
  { by, aggregate, xFilesFactor }: Combination,
): TimeSeries {
  const name = `${by}Series(${pathExpression})`;
  const { startS, endS, stepS } = folded;
  const values = finishedFold(folded, aggregate, xFilesFactor);
  const tags = new Map([
    ['name', name],
    ['aggregatedBy', by],
  ]);
  return { ...timeSeries({ name, startS, endS, stepS, values }, name, xFilesFactor), tags };
}

/** The different path expressions of series, in their order, as names of combinations list them. */
export function pathExpressions(all: readonly TimeSeries[]): string {
  return [...new Set(all.map((one) => one.pathExpression))].join(',');
}

/** The tags that all series have, with the same value. */
export function commonTags(all: readonly TimeSeries[]): Map<string, string> {
  const [first, ...others] = all;
  return new Map(
    [...(first?.tags ?? [])].filter(([tag, value]) =>
      others.every((one) => one.tags.get(tag) === value),
    ),
  );
}
