import { foldOf, mapRows } from '../aggregate-rows.js';
import { builtInAggregation } from '../aggregation.js';
import {
  type Combination,
  combinedFold,
  combineSeries,
  pathExpressions,
} from '../combine-series.js';
import { refuse } from '../evaluation-refusal.js';
import { normalise } from '../normalise.js';
import { percentile, WORK_PER_SORTED_POINT } from '../percentile.js';
import { formatG } from '../python-format.js';
import { pythonPower } from '../python-power.js';
import { type TimeSeries, timeSeries } from '../time-series.js';
import type { Arguments } from './arguments.js';
import type { CallContext, FunctionDeclaration } from './declaration.js';
import { AGGREGATION, SERIES_LIST, SERIES_LISTS, X_FILES_FACTOR } from './parameter.js';

/** Series that are made one, or gathered in one list. */
export const COMBINE: readonly FunctionDeclaration[] = [
  combination('sumSeries', ['sum'], 'sum', 'The sum at each time.'),
  combination(
    'totalSeries',
    ['total'],
    'total',
    'The sum, under the name that carbonapi gives it.',
  ),
  combination('averageSeries', ['average', 'avg'], 'average', 'The average at each time.'),
  combination('avgSeries', [], 'avg', 'The average, under the name that carbonapi gives it.'),
  combination('avg_zeroSeries', ['avg_zero'], 'avg_zero', 'The average, with null for 0.'),
  combination('count', [], 'count', 'How many series have a value at each time.'),
  combination(
    'currentSeries',
    ['current'],
    'current',
    'The value of the last series that has one.',
  ),
  combination('diffSeries', ['diff'], 'diff', 'The first series less all others.'),
  combination('firstSeries', ['first'], 'first', 'The value of the first series that has one.'),
  combination('lastSeries', ['last'], 'last', 'The value of the last series that has one.'),
  combination('maxSeries', ['max'], 'max', 'The highest value at each time.'),
  combination('medianSeries', ['median'], 'median', 'The median at each time.'),
  combination('minSeries', ['min'], 'min', 'The lowest value at each time.'),
  combination('multiply', [], 'multiply', 'The product; null where a series has no value.'),
  combination('rangeOfSeries', ['rangeOf'], 'rangeOf', 'The highest value less the lowest.'),
  combination('rangeSeries', ['range'], 'range', 'The highest value less the lowest.'),
  combination('stddevSeries', ['stddev'], 'stddev', 'The standard deviation of all at each time.'),
  combination('var', [], 'var', 'The variance of all at each time.'),
  {
    name: 'multiplySeries',
    group: 'Combine',
    description: 'The product; null where a series has no value. One series alone stays as it is.',
    params: [SERIES_LISTS],
    evaluate: ({ xFilesFactor }, args) => {
      const all = args.series('seriesLists');
      const isAlone = all.length === 1 && args.lists().length === 1;
      return isAlone ? all : combined(all, 'multiply', xFilesFactor);
    },
  },
  {
    name: 'aggregate',
    group: 'Combine',
    description: 'One series of all, by an aggregation.',
    params: [SERIES_LIST, AGGREGATION, X_FILES_FACTOR],
    evaluate: (context, args) => combineSeries(args.series(), combinationOf(context, args)),
  },
  {
    name: 'countSeries',
    group: 'Combine',
    description: 'The number of series.',
    params: [{ name: 'seriesLists', type: 'seriesList', multiple: true }],
    evaluate: (context, args) => {
      if (args.lists().length === 0) return countOfNone(context);
      const all = args.series('seriesLists');
      if (all.length === 0) return [];
      const name = `countSeries(${pathExpressions(all)})`;
      return combinedRows(all, name, context, () => all.length);
    },
  },
  {
    name: 'powSeries',
    group: 'Combine',
    description: 'The first series to the power of the second, to the power of the third, ...',
    params: [{ ...SERIES_LISTS, name: 'seriesList', keyword: 'seriesLists' }],
    evaluate: (context, args) => {
      const all = args.series();
      if (all.length === 0) return [];
      const name = `powSeries(${all.map((series) => series.name).join(',')})`;
      return combinedRows(all, name, context, (row) => row.reduce(pythonPower));
    },
  },
  {
    name: 'percentileOfSeries',
    group: 'Combine',
    workPerPoint: WORK_PER_SORTED_POINT,
    description: 'The value below which n per cent of the series are at each time.',
    params: [
      SERIES_LIST,
      { name: 'n', type: 'float', required: true },
      { name: 'interpolate', type: 'boolean', default: false },
    ],
    evaluate: (context, args) => {
      const n = args.number('n');
      if (!(n > 0 && n <= 100))
        refuse('percentileOfSeries: n must be more than 0, and at most 100');
      const [all, interpolate] = [args.series(), args.boolean('interpolate')];
      if (all.length === 0) return [];
      const name = `percentileOfSeries(${all[0].pathExpression},${formatG(n)})`;
      return combinedRows(all, name, context, (row) => percentile(row, n, interpolate));
    },
  },
  {
    name: 'group',
    aliases: ['seriesList'],
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
  return {
    name,
    aliases,
    group: 'Combine',
    description,
    params: [SERIES_LISTS],
    evaluate: ({ xFilesFactor }, args) => combined(args.series('seriesLists'), by, xFilesFactor),
    ...foldingBy(by),
  };
}

function foldingBy(by: string): Pick<FunctionDeclaration, 'folding'> {
  const aggregate = builtInAggregation(by);
  const fold = foldOf(aggregate);
  if (fold === undefined) return {};
  const evaluate: NonNullable<FunctionDeclaration['folding']>['evaluate'] = (
    folded,
    pathExpression,
    xFilesFactor,
  ) => [combinedFold(folded, pathExpression, { by, aggregate, xFilesFactor })];
  return { folding: { fold, evaluate } };
}

/** As the arguments `func` and `xFilesFactor` say. */
export function combinationOf(context: CallContext, args: Arguments): Combination {
  return {
    ...args.rowAggregation(),
    xFilesFactor: args.optionalNumber('xFilesFactor') ?? context.xFilesFactor,
    isFactorItsOwn: args.isGiven('xFilesFactor'),
  };
}

function combined(all: readonly TimeSeries[], by: string, xFilesFactor: number): TimeSeries[] {
  return combineSeries(all, { by, aggregate: builtInAggregation(by), xFilesFactor });
}

/** One series of what `change` makes of each row, whatever is missing in it. */
function combinedRows(
  all: readonly TimeSeries[],
  name: string,
  { xFilesFactor }: CallContext,
  change: (row: Float64Array) => number,
): TimeSeries[] {
  const rows = normalise(all);
  const { startS, endS, stepS } = rows;
  const values = mapRows(rows, change);
  return [timeSeries({ name, startS, endS, stepS, values }, name, xFilesFactor)];
}

/** As graphite-web: a line of three points. */
function countOfNone(context: CallContext): TimeSeries[] {
  const zero = { type: 'number', value: 0, isInteger: true } as const;
  return context
    .call('constantLine', [zero])
    .map((line) => timeSeries({ ...line, name: '0' }, 'countSeries()', line.xFilesFactor));
}
