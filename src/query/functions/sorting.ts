import { AGGREGATION_NAMES, builtInAggregation } from '../aggregation.js';
import { sortedByValue } from '../sort-series.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

/** The same series in another order. */
export const SORTING: readonly FunctionDeclaration[] = [
  {
    name: 'sortBy',
    group: 'Sorting',
    description: 'By an aggregation of all values, lowest first.',
    params: [
      SERIES_LIST,
      { name: 'func', type: 'aggFunc', default: 'average', options: AGGREGATION_NAMES },
      { name: 'reverse', type: 'boolean', default: false },
    ],
    evaluate: (_context, args) =>
      sortedByValue(args.series(), args.aggregation(), args.boolean('reverse')),
  },
  {
    name: 'sortByMaxima',
    group: 'Sorting',
    description: 'By the highest value, highest first.',
    params: [SERIES_LIST],
    evaluate: (_context, args) => sortedByValue(args.series(), builtInAggregation('max'), true),
  },
  {
    name: 'sortByMinima',
    group: 'Sorting',
    description: 'Series that are over zero at some time, by the lowest value, lowest first.',
    params: [SERIES_LIST],
    evaluate: (_context, args) => {
      const most = builtInAggregation('max');
      const positive = args.series().filter(({ values }) => most(values, 0, values.length) > 0);
      return sortedByValue(positive, builtInAggregation('min'), false);
    },
  },
  {
    name: 'sortByName',
    group: 'Sorting',
    description: 'By name; `natural` takes runs of digits for numbers.',
    params: [
      SERIES_LIST,
      { name: 'natural', type: 'boolean', default: false },
      { name: 'reverse', type: 'boolean', default: false },
    ],
    evaluate: (_context, args) => {
      const isNatural = args.boolean('natural');
      const sign = args.boolean('reverse') ? -1 : 1;
      const keyed = args.series().map((series) => {
        return { series, key: isNatural ? naturalKey(series.name) : series.name };
      });
      keyed.sort((a, b) => sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
      return keyed.map(({ series }) => series);
    },
  },
  {
    name: 'sortByTotal',
    group: 'Sorting',
    description: 'By the sum of all values, highest first.',
    params: [SERIES_LIST],
    evaluate: (_context, args) => sortedByValue(args.series(), builtInAggregation('sum'), true),
  },
];

/** Numbers of ten digits, which as texts are in the order of numbers. */
function naturalKey(name: string): string {
  return name.replace(/\d+/g, (digits) => digits.replace(/^0+/, '').padStart(10, '0'));
}
