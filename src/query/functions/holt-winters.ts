import { refuse } from '../evaluation-refusal.js';
import { holtWinters } from '../holt-winters.js';
import { type TimeSeries, timeSeries, withTags } from '../time-series.js';
import type { Arguments } from './arguments.js';
import type { CallContext, FunctionDeclaration } from './declaration.js';
import { type Parameter, SERIES_LIST } from './parameter.js';

const SPANS: readonly Parameter[] = [
  { name: 'bootstrapInterval', type: 'interval', default: '7d', suggestions: ['7d', '30d'] },
  { name: 'seasonality', type: 'interval', default: '1d', suggestions: ['1d', '7d'] },
];
const DELTA: Parameter = { name: 'delta', type: 'integer', default: 3 };

/** What values should be, by those of the seasons before, and where they are not. */
export const HOLT_WINTERS: readonly FunctionDeclaration[] = [
  {
    name: 'holtWintersForecast',
    group: 'Calculate',
    description: 'What each value should be, by level, trend and season of those before it.',
    params: [SERIES_LIST, ...SPANS],
    evaluate: (context, args) =>
      analysed(context, args).map(({ series, startS, predictions }) =>
        forecastSeries(series, 'holtWintersForecast', startS, predictions, series.tags),
      ),
  },
  {
    name: 'holtWintersConfidenceBands',
    group: 'Calculate',
    description: 'The lower and the upper end of where values should be.',
    params: [SERIES_LIST, DELTA, ...SPANS],
    evaluate: (context, args) => confidenceBands(context, args).flat(),
  },
  {
    name: 'holtWintersConfidenceArea',
    group: 'Calculate',
    description: 'The area in which values should be, of one series.',
    params: [SERIES_LIST, DELTA, ...SPANS],
    evaluate: (context, args) => {
      const series = confidenceBands(context, args).flat();
      return context.call('areaBetween', [{ type: 'series', series }]).map((one) => {
        const tags = new Map([...one.tags, ['holtWintersConfidenceArea', '1']]);
        tags.delete('areaBetween');
        const name = one.name.replaceAll('areaBetween', 'holtWintersConfidenceArea');
        return { ...one, name, pathExpression: name, tags };
      });
    },
  },
  {
    name: 'holtWintersAberration',
    group: 'Calculate',
    description: 'How far values are above or below where they should be, else 0.',
    params: [SERIES_LIST, DELTA, ...SPANS],
    evaluate: (context, args) => {
      const bands = new Map(
        confidenceBands(context, args).map((pair) => [pair[0].name.replace(/^[^(]*/, ''), pair]),
      );
      return args.series().map((series) => {
        const pair = bands.get(`(${series.name})`);
        if (pair === undefined || hasValueFrom(series.values, pair[0].values.length))
          return refuse(
            `holtWintersAberration: ${series.name} is not kept for the interval before`,
          );
        const tags = withTags(series.tags, { holtWintersAberration: '1' });
        const values = aberrations(series.values, pair[0].values, pair[1].values);
        return derived(
          series,
          `holtWintersAberration(${series.name})`,
          series.startS,
          values,
          tags,
        );
      });
    },
  },
];

interface Analysed {
  readonly series: TimeSeries;
  readonly startS: number;
  readonly predictions: Float64Array;
  readonly deviations: Float64Array;
}

/** Of the window of the request, from a bootstrap interval before it on. */
function analysed({ name, window, again }: CallContext, args: Arguments): Analysed[] {
  const backS = args.intervalS('bootstrapInterval');
  if (backS < 0) refuse(`${name}: bootstrapInterval must not be negative`);
  const seasonS = args.intervalS('seasonality');
  const [before] = again('seriesList', [{ ...window, fromS: window.fromS - backS }]);
  return before.map((series) => {
    const season = Math.floor(seasonS / series.stepS);
    if (season < 2) refuse(`${name}: seasonality is shorter than two points of ${series.name}`);
    const { predictions, deviations } = holtWinters(series.values, season);
    const bootstrap = Math.floor(backS / series.stepS);
    return {
      series: {
        ...series,
        tags: withTags(series.tags, { holtWintersForecast: '1', holtWintersDeviation: '1' }),
      },
      startS: series.startS + backS,
      predictions: predictions.subarray(bootstrap),
      deviations: deviations.subarray(bootstrap),
    };
  });
}

function confidenceBands(
  context: CallContext,
  args: Arguments,
): [lower: TimeSeries, upper: TimeSeries][] {
  const delta = args.number('delta');
  return analysed(context, args).map(({ series, startS, predictions, deviations }) => {
    const tags = withTags(series.tags, {
      holtWintersConfidenceUpper: '1',
      holtWintersConfidenceLower: '1',
    });
    const band = (name: string, sign: number): TimeSeries => {
      const values = predictions.map((value, i) => value + sign * (delta * deviations[i]));
      return {
        ...forecastSeries(series, name, startS, values, tags),
        pathExpression: series.pathExpression,
      };
    };
    return [band('holtWintersConfidenceLower', -1), band('holtWintersConfidenceUpper', 1)];
  });
}

function hasValueFrom(values: Float64Array, start: number): boolean {
  return values.subarray(start).some((value) => !Number.isNaN(value));
}

function aberrations(values: Float64Array, lower: Float64Array, upper: Float64Array): Float64Array {
  return values.map((value, i) => {
    if (value > upper[i]) return value - upper[i];
    return value < lower[i] ? value - lower[i] : 0;
  });
}

function forecastSeries(
  series: TimeSeries,
  name: string,
  startS: number,
  values: Float64Array,
  tags: ReadonlyMap<string, string>,
): TimeSeries {
  return derived(series, `${name}(${series.name})`, startS, values, tags);
}

/** A series of its own, which keeps of the one it is about no more than its times and its tags. */
function derived(
  { endS, stepS, xFilesFactor }: TimeSeries,
  name: string,
  startS: number,
  values: Float64Array,
  tags: ReadonlyMap<string, string>,
): TimeSeries {
  return { ...timeSeries({ name, startS, endS, stepS, values }, name, xFilesFactor), tags };
}
