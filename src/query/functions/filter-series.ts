import { builtInAggregation } from '../aggregation.js';
import { sortedByValue } from '../sort-series.js';
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
  return sortedByValue(all, builtInAggregation(by), true);
}
