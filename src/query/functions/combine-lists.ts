import { builtInAggregation } from '../aggregation.js';
import { type Combination, combineSeries } from '../combine-series.js';
import { refuse } from '../evaluation-refusal.js';
import { type Pairing, pairSeries, pairValues, product, quotient } from '../pair-series.js';
import { nodesOf } from '../path-nodes.js';
import { pythonPower } from '../python-power.js';
import { mapValues, named, type TimeSeries, timeSeries } from '../time-series.js';
import { type Arguments, pythonText } from './arguments.js';
import { combinationOf } from './combine.js';
import type { FunctionDeclaration } from './declaration.js';
import { AGGREGATION, type Parameter, X_FILES_FACTOR } from './parameter.js';

const FIRST = seriesParameter('seriesListFirstPos');
const SECOND = seriesParameter('seriesListSecondPos');
const DIVIDENDS = seriesParameter('dividendSeriesList');
const DIVISOR = seriesParameter('divisorSeries');
const DIVISORS = seriesParameter('divisorSeriesList');
const AVERAGES = seriesParameter('seriesListAvg');
const WEIGHTS = seriesParameter('seriesListWeight');

/** The first of one list with the first of another, the second with the second, ... */
export const COMBINE_LISTS: readonly FunctionDeclaration[] = [
  {
    name: 'aggregateSeriesLists',
    group: 'Combine',
    description: 'Pairs of series of two lists, combined by an aggregation.',
    params: [FIRST, SECOND, AGGREGATION, X_FILES_FACTOR],
    evaluate: (context, args) => combinePairs(args, combinationOf(context, args)),
  },
  aggregatingPairs('sumSeriesLists', 'sum', 'The sums of pairs of series of two lists.'),
  aggregatingPairs('diffSeriesLists', 'diff', 'Series of one list less those of another.'),
  aggregatingPairs('multiplySeriesLists', 'multiply', 'The products of pairs of two lists.'),
  calculatingPairs('divideSeriesLists', [DIVIDENDS, DIVISORS], 'divideSeries', quotient),
  calculatingPairs('powSeriesLists', [FIRST, SECOND], 'powSeries', pythonPower),
  {
    name: 'divideSeries',
    group: 'Combine',
    description: 'Series divided by one; null where that is zero.',
    params: [DIVIDENDS, DIVISOR],
    evaluate: ({ xFilesFactor }, args) => {
      const [divisor, ...others] = args.series('divisorSeries');
      if (others.length > 0)
        refuse(`divideSeries: divisorSeries is ${others.length + 1} series, and must be one`);
      return args.series('dividendSeriesList').map((series) => {
        const name = `divideSeries(${series.name},${divisor?.name ?? 'MISSING'})`;
        if (divisor !== undefined) return pairSeries(series, divisor, name, xFilesFactor, quotient);
        return { ...named(series, name), values: mapValues(series.values, () => Number.NaN) };
      });
    },
  },
  {
    name: 'weightedAverage',
    group: 'Combine',
    description: 'The average of series, each weighted by the one that has the same nodes.',
    params: [AVERAGES, WEIGHTS, { name: 'nodes', type: 'nodeOrTag', multiple: true }],
    evaluate: ({ xFilesFactor }, args) => {
      const [averages, weights] = listsOfOneLength(args, 'seriesListAvg', 'seriesListWeight');
      const products = weightedProducts(averages, weights, args.nodes(), xFilesFactor);
      const sum = { by: 'sum', aggregate: builtInAggregation('sum'), xFilesFactor };
      return combineSeries(products, sum).map(({ startS, endS, stepS, values: dividends }) => {
        const [{ values: divisors }] = combineSeries(weights, sum);
        const nodes = args.values('nodes').map(pythonText).join(',');
        const name = `weightedAverage(${paths(averages)}, ${paths(weights)}, ${nodes})`;
        const values = pairValues(dividends, divisors, quotient);
        return timeSeries({ name, startS, endS, stepS, values }, name, xFilesFactor);
      });
    },
  },
];

function seriesParameter(name: string): Parameter {
  return { name, type: 'seriesList', required: true };
}

function aggregatingPairs(name: string, by: string, description: string): FunctionDeclaration {
  const aggregate = builtInAggregation(by);
  return {
    name,
    group: 'Combine',
    description,
    params: [FIRST, SECOND],
    evaluate: ({ xFilesFactor }, args) => combinePairs(args, { by, aggregate, xFilesFactor }),
  };
}

function combinePairs(args: Arguments, combination: Combination): TimeSeries[] {
  const [all, others] = listsOfOneLength(args, 'seriesListFirstPos', 'seriesListSecondPos');
  return all.flatMap((series, i) => {
    const name = `${combination.by}Series(${series.name},${others[i].name})`;
    return combineSeries([series, others[i]], combination).map((one) => ({ ...one, name }));
  });
}

/** @param shown the function in the names of what comes out */
function calculatingPairs(
  name: string,
  [first, second]: readonly [Parameter, Parameter],
  shown: string,
  pairing: Pairing,
): FunctionDeclaration {
  return {
    name,
    group: 'Combine',
    description: `As ${shown}, of pairs of series of two lists.`,
    params: [first, second],
    evaluate: ({ xFilesFactor }, args) => {
      const [all, others] = listsOfOneLength(args, first.name, second.name);
      return all.map((series, i) => {
        const name = `${shown}(${series.name},${others[i].name})`;
        return pairSeries(series, others[i], name, xFilesFactor, pairing);
      });
    },
  };
}

function listsOfOneLength(
  args: Arguments,
  first: string,
  second: string,
): [readonly TimeSeries[], readonly TimeSeries[]] {
  const [all, others] = [args.series(first), args.series(second)];
  if (all.length !== others.length)
    refuse(
      `${first} is ${all.length} series, and ${second} ${others.length}: they must be as many`,
    );
  return [all, others];
}

/** Of several series with the same nodes the last one counts. */
function weightedProducts(
  averages: readonly TimeSeries[],
  weights: readonly TimeSeries[],
  nodes: readonly (number | string)[],
  xFilesFactor: number,
): TimeSeries[] {
  const pairs = new Map<string, { average?: TimeSeries; weight?: TimeSeries }>();
  averages.forEach((average, i) => {
    const key = nodesOf(average, nodes);
    pairs.set(key, { ...pairs.get(key), average });
    const weight = weights[i];
    const weightKey = nodesOf(weight, nodes);
    pairs.set(weightKey, { ...pairs.get(weightKey), weight });
  });
  return [...pairs.values()].flatMap(({ average, weight }) => {
    if (average === undefined || weight === undefined) return [];
    const values = pairValues(average.values, weight.values, product);
    return [timeSeries({ ...average, values }, average.name, xFilesFactor)];
  });
}

function paths(all: readonly TimeSeries[]): string {
  return [...new Set(all.map((series) => series.pathExpression))].sort().join(',');
}
