import { AGGREGATION_NAMES, countKnown } from '../aggregation.js';
import { BadRequest } from '../bad-request.js';
import { refuse } from '../evaluation-refusal.js';
import { percentile, WORK_PER_SORTED_POINT } from '../percentile.js';
import { formatD, formatG, formatNumber } from '../python-format.js';
import { mapValues, named, type TimeSeries, timeSeries, withTags } from '../time-series.js';
import { parseTime } from '../times.js';
import type { Window } from '../window.js';
import type { Arguments } from './arguments.js';
import type { CallContext, FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

/** Lines and curves that sum up a series. */
export const CALCULATE: readonly FunctionDeclaration[] = [
  {
    name: 'aggregateLine',
    group: 'Calculate',
    description: 'A line at an aggregation of all values.',
    params: [
      SERIES_LIST,
      { name: 'func', type: 'aggFunc', default: 'average', options: AGGREGATION_NAMES },
      { name: 'keepStep', type: 'boolean', default: false },
    ],
    evaluate: (context, args) => {
      const aggregate = args.aggregation();
      const keepsStep = args.boolean('keepStep');
      return args.series().map((series) => {
        const value = aggregate(series.values, 0, series.values.length);
        const name = `aggregateLine(${series.name}, ${Number.isNaN(value) ? 'None' : formatG(value)})`;
        const isInteger = args.string('func') === 'count';
        if (!keepsStep) return named(lineAt(context, value, isInteger), name);
        return { ...named(series, name), values: series.values.map(() => value) };
      });
    },
  },
  {
    name: 'exponentialWeightedMovingAverage',
    aliases: ['ewma'],
    group: 'Calculate',
    description: 'An average of which each new value makes `alpha`, and all before the rest.',
    params: [
      SERIES_LIST,
      { name: 'alpha', type: 'float', required: true, suggestions: [0.1, 0.5, 0.7] },
    ],
    evaluate: (_context, args) => {
      const alpha = args.number('alpha');
      return args.series().map((series) => {
        let average = Number.NaN;
        const values = mapValues(series.values, (value) => {
          average = Number.isNaN(average) ? value : (1 - alpha) * average + alpha * value;
          return average;
        });
        return { ...named(series, `ewma(${series.name},${args.text('alpha')})`), values };
      });
    },
  },
  {
    name: 'linearRegression',
    group: 'Calculate',
    description: 'The straight line nearest to the values, of this window or of another.',
    params: [
      SERIES_LIST,
      { name: 'startSourceAt', type: 'date' },
      { name: 'endSourceAt', type: 'date' },
    ],
    evaluate: linearRegression,
  },
  {
    name: 'nPercentile',
    group: 'Calculate',
    workPerPoint: WORK_PER_SORTED_POINT,
    description: 'A line at the value below which `n` per cent of the values are.',
    params: [SERIES_LIST, { name: 'n', type: 'float', required: true }],
    evaluate: ({ nulls }, args) => {
      const n = args.percent('n');
      return args.series().flatMap((series) => {
        const value = percentile(series.values, n, false);
        if (Number.isNaN(value)) return [];
        const { startS, endS, stepS } = series;
        return {
          ...named(series, `nPercentile(${series.name}, ${formatG(n)})`),
          tags: withTags(series.tags, { nPercentile: formatNumber(n, false) }),
          values: nulls(Math.trunc((endS - startS) / stepS)).fill(value),
        };
      });
    },
  },
  {
    name: 'stdev',
    group: 'Calculate',
    description:
      'The standard deviation of the last points, where at least `windowTolerance` of them are known.',
    params: [
      SERIES_LIST,
      { name: 'points', type: 'integer', required: true },
      { name: 'windowTolerance', type: 'float', default: 0.1 },
    ],
    evaluate: (_context, args) => {
      const points = args.wholeNumber('points');
      if (points < 1) refuse(`stdev: points is ${points}, and must be 1 or more`);
      const tolerance = args.number('windowTolerance');
      return args.series().map((series) => ({
        ...named(series, `stdev(${series.name},${formatD(points)})`),
        tags: withTags(series.tags, { stdev: formatD(points) }),
        values: deviations(series.values, points, tolerance),
      }));
    },
  },
];

/** As `constantLine`, by whose name its tags call it. */
function lineAt(
  { window: { fromS, untilS }, xFilesFactor }: CallContext,
  value: number,
  isInteger: boolean,
): TimeSeries {
  const name = Number.isNaN(value) ? 'None' : formatNumber(value, isInteger);
  const stepS = Math.trunc((untilS - fromS) / 2);
  const values = Float64Array.of(value, value, value);
  return timeSeries({ name, startS: fromS, endS: untilS, stepS, values }, name, xFilesFactor);
}

function linearRegression({ window, again }: CallContext, args: Arguments): TimeSeries[] {
  const source: Window = {
    ...window,
    fromS: timeOf('startSourceAt', window, args) ?? window.fromS,
    untilS: timeOf('endSourceAt', window, args) ?? window.untilS,
  };
  if (source.fromS === source.untilS) return [];
  if (source.fromS > source.untilS) refuse('linearRegression: the source ends before it begins');
  const [sources] = again('seriesList', [source]);
  const times = `${source.fromS}, ${source.untilS}`;
  return args.series().flatMap((series, i) => {
    const line = i < sources.length ? regression(sources[i]) : undefined;
    if (line === undefined) return [];
    const { startS, endS, stepS, xFilesFactor } = series;
    const name = `linearRegression(${series.name}, ${times})`;
    const values = series.values.map((_, at) => line.offset + (startS + at * stepS) * line.slope);
    return {
      ...timeSeries({ name, startS, endS, stepS, values }, name, xFilesFactor),
      tags: withTags(series.tags, { linearRegressions: times }),
    };
  });
}

function timeOf(parameter: string, window: Window, args: Arguments): number | undefined {
  if (!args.has(parameter)) return undefined;
  const atS = parseTime(args.text(parameter), window.nowS, window.zone, parameter);
  return atS instanceof BadRequest ? refuse(`linearRegression: ${atS.message}`) : atS;
}

/** Least squares, over time in seconds; none of fewer than two values. */
function regression({
  values,
  startS,
  stepS,
}: TimeSeries): { slope: number; offset: number } | undefined {
  let [sumI, sumV, sumII, sumIV] = [0, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    sumI += i;
    sumV += values[i];
    sumII += i * i;
    sumIV += i * values[i];
  }
  const count = countKnown(values);
  const denominator = count * sumII - sumI * sumI;
  if (denominator === 0) return undefined;
  const slope = (count * sumIV - sumI * sumV) / denominator / stepS;
  return { slope, offset: (sumII * sumV - sumIV * sumI) / denominator - slope * startS };
}

/**
 * By sums of values and of squares from which the oldest are taken off again, as graphite does: what is lost
 * in them by rounding is a part of its answers, and null is where it makes the variance negative.
 */
function deviations(values: Float64Array, points: number, tolerance: number): Float64Array {
  const result = new Float64Array(values.length).fill(Number.NaN);
  let [known, sum, squares] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const dropped = i < points ? Number.NaN : values[i - points];
    if (!Number.isNaN(dropped)) {
      known--;
      sum -= dropped;
      squares -= dropped ** 2;
    }
    if (!Number.isNaN(values[i])) {
      known++;
      sum += values[i];
      squares += values[i] ** 2;
    }
    if (known > 0 && known / points >= tolerance)
      result[i] = Math.sqrt(known * squares - sum ** 2) / known;
  }
  return result;
}
