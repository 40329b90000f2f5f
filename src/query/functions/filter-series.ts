import { assert } from '../../assert.js';
import { AGGREGATION_NAMES, builtInAggregation, countKnown, isEnough } from '../aggregation.js';
import { quoted } from '../bad-request.js';
import { refuse } from '../evaluation-refusal.js';
import { namePattern, nameSubstitution } from '../name-pattern.js';
import { percentile } from '../percentile.js';
import { sortedByValue } from '../sort-series.js';
import type { TimeSeries } from '../time-series.js';
import type { Arguments } from './arguments.js';
import type { FunctionDeclaration } from './declaration.js';
import { type Parameter, SERIES_LIST, SERIES_LISTS, X_FILES_FACTOR } from './parameter.js';

/** Null is less than any number. */
const OPERATORS: ReadonlyMap<string, (value: number, threshold: number) => boolean> = new Map([
  ['!=', (value, threshold) => value !== threshold],
  ['<', (value, threshold) => !(value >= threshold)],
  ['<=', (value, threshold) => !(value > threshold)],
  ['=', (value, threshold) => value === threshold],
  ['>', (value, threshold) => value > threshold],
  ['>=', (value, threshold) => value >= threshold],
]);

const N_SERIES: Parameter = { name: 'n', type: 'integer', required: true };
const N_VALUE: Parameter = { name: 'n', type: 'float', required: true };
const BY: Parameter = {
  name: 'func',
  type: 'aggFunc',
  default: 'average',
  options: AGGREGATION_NAMES,
};
const PATTERN: Parameter = { name: 'pattern', type: 'string', required: true };

/** Some of the series, by their values or their names. */
export const FILTER_SERIES: readonly FunctionDeclaration[] = [
  comparison('averageAbove', 'average', '>', 'Series whose average is above `n`.'),
  comparison('averageBelow', 'average', '<=', 'Series whose average is not above `n`.'),
  comparison('currentAbove', 'last', '>', 'Series whose last value is above `n`.'),
  comparison('currentBelow', 'last', '<=', 'Series whose last value is not above `n`.'),
  comparison('maximumAbove', 'max', '>', 'Series whose highest value is above `n`.'),
  comparison('maximumBelow', 'max', '<=', 'Series whose highest value is not above `n`.'),
  comparison('minimumAbove', 'min', '>', 'Series whose lowest value is above `n`.'),
  comparison('minimumBelow', 'min', '<=', 'Series whose lowest value is not above `n`.'),
  {
    name: 'filterSeries',
    group: 'Filter Series',
    description: 'Series of which an aggregation of all values compares as asked with a threshold.',
    params: [
      SERIES_LIST,
      { name: 'func', type: 'aggFunc', required: true, options: AGGREGATION_NAMES },
      { name: 'operator', type: 'string', required: true, options: [...OPERATORS.keys()] },
      { name: 'threshold', type: 'float', required: true },
    ],
    evaluate: (_context, args) => {
      const aggregate = args.aggregation();
      const operator = args.string('operator');
      const compare = OPERATORS.get(operator);
      if (compare === undefined) return refuse(`filterSeries: no operator ${quoted(operator)}`);
      const threshold = args.number('threshold');
      return args
        .series()
        .filter(({ values }) => compare(aggregate(values, 0, values.length), threshold));
    },
  },
  ranking('highestAverage', 'average', true, 'The `n` series with the highest averages.'),
  ranking('highestCurrent', 'last', true, 'The `n` series with the highest last values.'),
  ranking('highestMax', 'max', true, 'The `n` series with the highest maxima.'),
  ranking('highestMin', 'min', true, 'The `n` series with the highest minima.'),
  ranking('lowestAverage', 'average', false, 'The `n` series with the lowest averages.'),
  ranking('lowestCurrent', 'last', false, 'The `n` series with the lowest last values.'),
  ranking('lowestMax', 'max', false, 'The `n` series with the lowest maxima.'),
  ranking('lowestMin', 'min', false, 'The `n` series with the lowest minima.'),
  rankingBy('highest', true, 'The `n` series that are highest by an aggregation.'),
  rankingBy('lowest', false, 'The `n` series that are lowest by an aggregation.'),
  {
    name: 'limit',
    group: 'Filter Series',
    description: 'The first `n` series; all but the last so many, if it is negative.',
    params: [SERIES_LIST, N_SERIES],
    evaluate: (_context, args) => args.series().slice(0, args.wholeNumber('n')),
  },
  {
    name: 'mostDeviant',
    group: 'Filter Series',
    description: 'The `n` series whose values vary most.',
    params: [SERIES_LIST, N_SERIES],
    evaluate: (_context, args) => {
      const n = args.wholeNumber('n');
      const known = args.series().filter(({ values }) => countKnown(values) > 0);
      return sortedByValue(known, builtInAggregation('stddev'), true).slice(0, n);
    },
  },
  {
    name: 'averageOutsidePercentile',
    group: 'Filter Series',
    description:
      'Series whose average is not between those of the lowest and highest `n` per cent.',
    params: [SERIES_LIST, N_VALUE],
    evaluate: (_context, args) => {
      const n = upperPercent(args);
      const all = args.series();
      const average = builtInAggregation('average');
      const averages = Float64Array.from(all, ({ values }) => average(values, 0, values.length));
      const unknown = averages.findIndex((value) => Number.isNaN(value));
      if (unknown >= 0) refuse(`averageOutsidePercentile: ${all[unknown].name} has no values`);
      const isBetween = between(averages, n);
      return all.filter((_, i) => !isBetween(averages[i]));
    },
  },
  {
    name: 'removeBetweenPercentile',
    group: 'Filter Series',
    description:
      'Series that are, at some time, not between the lowest and highest `n` per cent of all.',
    params: [SERIES_LIST, N_VALUE],
    evaluate: (_context, args) => {
      const n = upperPercent(args);
      const all = args.series();
      const length = all[0]?.values.length ?? 0;
      for (const { name, values } of all)
        if (values.length !== length || countKnown(values) < length)
          refuse(
            `removeBetweenPercentile: ${name} does not have a value at all times of the first`,
          );
      return outsidePercentiles(all, length, n);
    },
  },
  {
    name: 'removeEmptySeries',
    group: 'Filter Series',
    description: 'Series of whose values enough are known; one if nothing is said.',
    params: [SERIES_LIST, X_FILES_FACTOR],
    evaluate: (_context, args) => {
      const share = args.optionalNumber('xFilesFactor') ?? 0;
      return args
        .series()
        .filter(({ values }) => isEnough(countKnown(values), values.length, share));
    },
  },
  {
    name: 'removeZeroSeries',
    group: 'Filter Series',
    description: 'Series of whose values enough are known and not zero; one if nothing is said.',
    params: [SERIES_LIST, X_FILES_FACTOR],
    evaluate: (_context, args) => {
      const share = args.optionalNumber('xFilesFactor') ?? 0;
      return args.series().filter(({ values }) => {
        const zeros = values.reduce((count, value) => (value === 0 ? count + 1 : count), 0);
        return isEnough(countKnown(values) - zeros, values.length, share);
      });
    },
  },
  matching('grep', true, 'Series with a regular expression in their names.'),
  matching('exclude', false, 'Series without a regular expression in their names.'),
  {
    name: 'unique',
    group: 'Filter Series',
    description: 'The first series of each name.',
    params: [SERIES_LISTS],
    evaluate: (_context, args) => {
      const byName = new Map<string, TimeSeries>();
      for (const series of args.series('seriesLists'))
        if (!byName.has(series.name)) byName.set(series.name, series);
      return [...byName.values()];
    },
  },
  {
    name: 'useSeriesAbove',
    group: 'Filter Series',
    description: 'Other series, named after those that are above a value at some time.',
    params: [
      SERIES_LIST,
      { name: 'value', type: 'float', required: true },
      { name: 'search', type: 'string', required: true },
      { name: 'replace', type: 'string', required: true },
    ],
    evaluate: ({ window, targets, limited }, args) => {
      const least = args.number('value');
      const most = builtInAggregation('max');
      // As graphite-web's head: with a null in it, a series is not above anything.
      const above = args
        .series()
        .filter(({ values }) => countKnown(values) === values.length)
        .filter(({ values }) => most(values, 0, values.length) > least);
      if (above.length === 0) return [];
      const substitute = nameSubstitution(args.string('search'), args.string('replace'));
      const names = limited(() => above.map(({ name }) => substitute(name)));
      return targets([`group(${names.join(',')})`], window)
        .flat()
        .filter(({ values }) => values.length > 0);
    },
  },
];

function comparison(
  name: string,
  by: string,
  operator: string,
  description: string,
): FunctionDeclaration {
  const aggregate = builtInAggregation(by);
  const compare = OPERATORS.get(operator);
  assert(compare !== undefined, `there is an operator ${operator}`);
  return {
    name,
    group: 'Filter Series',
    description,
    params: [SERIES_LIST, N_VALUE],
    evaluate: (_context, args) => {
      const n = args.number('n');
      return args.series().filter(({ values }) => compare(aggregate(values, 0, values.length), n));
    },
  };
}

function ranking(
  name: string,
  by: string,
  isHighest: boolean,
  description: string,
): FunctionDeclaration {
  const aggregate = builtInAggregation(by);
  return {
    name,
    group: 'Filter Series',
    description,
    params: [SERIES_LIST, N_SERIES],
    evaluate: (_context, args) =>
      sortedByValue(args.series(), aggregate, isHighest).slice(0, args.integer('n')),
  };
}

function rankingBy(name: string, isHighest: boolean, description: string): FunctionDeclaration {
  return {
    name,
    group: 'Filter Series',
    description,
    params: [SERIES_LIST, { ...N_SERIES, silentDefault: 1 }, BY],
    evaluate: (_context, args) =>
      sortedByValue(args.series(), args.aggregation(), isHighest).slice(0, args.integer('n')),
  };
}

function matching(name: string, isWanted: boolean, description: string): FunctionDeclaration {
  return {
    name,
    group: 'Filter Series',
    description,
    params: [SERIES_LIST, PATTERN],
    evaluate: ({ limited }, args) => {
      const pattern = namePattern(args.string('pattern'));
      return limited(() =>
        args.series().filter((series) => pattern.test(series.name) === isWanted),
      );
    },
  };
}

/** `n`, or as much from the other end: the upper of the two. */
function upperPercent(args: Arguments): number {
  if (args.number('n') === 0) return 100;
  const n = args.percent('n');
  return n < 50 ? 100 - n : n;
}

/** Whether a value is between the lower and the upper percentile of some. */
function between(values: Float64Array, n: number): (value: number) => boolean {
  const low = percentile(values, 100 - n, false);
  const high = percentile(values, n, false);
  return (value) => low < value && value < high;
}

function outsidePercentiles(
  all: readonly TimeSeries[],
  length: number,
  n: number,
): readonly TimeSeries[] {
  const isOutside = all.map(() => false);
  const row = new Float64Array(all.length);
  for (let i = 0; i < length; i++) {
    for (let j = 0; j < all.length; j++) row[j] = all[j].values[i];
    const isBetween = between(row, n);
    for (let j = 0; j < all.length; j++) if (!isBetween(row[j])) isOutside[j] = true;
  }
  return all.filter((_, j) => isOutside[j]);
}
