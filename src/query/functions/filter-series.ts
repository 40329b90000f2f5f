import { assert } from '../../assert.js';
import { type Aggregation, aggregation } from '../aggregation.js';
import type { TimeSeries } from '../time-series.js';
import { type FunctionDeclaration, SERIES_LIST } from './declaration.js';

/** Some of the series, by what their values are in all. */
export const FILTER_SERIES: readonly FunctionDeclaration[] = [
  {
    name: 'highestAverage',
    group: 'Filter Series',
    description: 'The `n` series with the highest averages, highest first.',
    params: [SERIES_LIST, { name: 'n', type: 'integer', required: true }],
    evaluate: (_context, args) => highestBy(args.series(), 'average').slice(0, args.integer('n')),
  },
];

function highestBy(all: readonly TimeSeries[], by: string): TimeSeries[] {
  const aggregate = aggregation(by);
  assert(aggregate !== undefined, `there is an aggregation ${by}`);
  return sortedBy(all, aggregate, true);
}

/** By one value of each series; those without a value are lowest, equal ones stay in their order. */
function sortedBy(
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
