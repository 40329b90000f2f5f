import { assert } from '../../assert.js';
import { aggregation } from '../aggregation.js';
import { combineSeries } from '../combine-series.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LISTS } from './declaration.js';

/** Series that are made one, or gathered in one list. */
export const COMBINE: readonly FunctionDeclaration[] = [
  combination('sumSeries', ['sum'], 'sum', 'The sum of all series at each time.'),
  combination(
    'totalSeries',
    ['total'],
    'total',
    'The sum, under the name that carbonapi gives it.',
  ),
  combination('averageSeries', ['avg', 'average'], 'average', 'The average at each time.'),
  {
    name: 'group',
    group: 'Combine',
    description: 'All series in one list, to be the one argument of a function.',
    params: [{ name: 'seriesLists', type: 'seriesList', multiple: true }],
    evaluate: (_context, args) => args.series('seriesLists'),
  },
];

/** A function that makes one series of all it is given, by an aggregation. */
function combination(
  name: string,
  aliases: readonly string[],
  by: string,
  description: string,
): FunctionDeclaration {
  const aggregate = aggregation(by);
  assert(aggregate !== undefined, `there is an aggregation ${by}`);
  return {
    name,
    aliases,
    group: 'Combine',
    description,
    params: [SERIES_LISTS],
    evaluate: ({ xFilesFactor }, args) =>
      combineSeries(args.series('seriesLists'), { by, aggregate, xFilesFactor }),
  };
}
