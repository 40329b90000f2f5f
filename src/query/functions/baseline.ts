import { builtInAggregation } from '../aggregation.js';
import { named, type TimeSeries } from '../time-series.js';
import type { Arguments } from './arguments.js';
import type { CallContext, FunctionDeclaration } from './declaration.js';
import { type Parameter, SERIES_LIST } from './parameter.js';
import { shiftedWindow, shiftOf, shiftTimes } from './time-shift.js';

const PARAMS: readonly Parameter[] = [
  SERIES_LIST,
  { name: 'timeShiftUnit', type: 'interval', required: true, suggestions: ['1h', '1d', '7d'] },
  { name: 'timeShiftStart', type: 'integer', required: true },
  { name: 'timeShiftEnd', type: 'integer', required: true },
  { name: 'maxAbsentPercent', type: 'float' },
  { name: 'minAvg', type: 'float' },
];

/** What is usual at a time, by other days or weeks. */
export const BASELINE: readonly FunctionDeclaration[] = [
  {
    name: 'baseline',
    group: 'Calculate',
    description: 'The median of the values at the same time in several spans before.',
    params: PARAMS,
    evaluate: (context, args) =>
      baselines(context, args).map(({ first, values }) => ({
        ...named(first, `baseline(${first.name})`),
        values,
      })),
  },
  {
    name: 'baselineAberration',
    group: 'Calculate',
    description: 'How many times the baseline values are; 0 where that is 0.',
    params: PARAMS,
    evaluate: (context, args) => {
      const current = new Map(args.series().map((series) => [series.name, series.values]));
      return baselines(context, args).flatMap(({ first, values }) => {
        const now = current.get(first.name);
        if (now === undefined) return [];
        const parts = values.map((value, i) => (value === 0 ? 0 : (now[i] ?? Number.NaN) / value));
        return { ...named(first, `baselineAberration(${first.name})`), values: parts };
      });
    },
  },
];

interface Baseline {
  /** The series of the first span, at the times of the request. */
  readonly first: TimeSeries;
  readonly values: Float64Array;
}

/** As carbonapi: spans that do not count are those with too few values, or too low ones, in all. */
function baselines({ name, window, again }: CallContext, args: Arguments): Baseline[] {
  const { shiftS } = shiftOf('timeShiftUnit', args);
  const times = shiftTimes(name, args).filter((time) => time !== 0);
  const windows = times.map((time) => shiftedWindow(window, time * shiftS));
  const shifted = again('seriesList', windows).map((all, i) =>
    all.map((series) => ({
      ...series,
      startS: series.startS - times[i] * shiftS,
      endS: series.endS - times[i] * shiftS,
    })),
  );
  const byName = new Map<string, TimeSeries[]>();
  for (const series of shifted.flat()) {
    const known = byName.get(series.name);
    if (known) known.push(series);
    else byName.set(series.name, [series]);
  }
  const absentMax = (args.optionalNumber('maxAbsentPercent') ?? 100) / 100;
  const averageMin = args.optionalNumber('minAvg') ?? Number.NEGATIVE_INFINITY;
  return [...byName.values()]
    .map((all) => ({ first: all[0], values: medians(all) }))
    .filter(({ values }) => {
      const known = values.filter((value) => !Number.isNaN(value));
      const average = builtInAggregation('average')(known, 0, known.length);
      return values.length - known.length <= absentMax * values.length && !(average < averageMin);
    });
}

/** By position, as many as the first has. */
function medians(all: readonly TimeSeries[]): Float64Array {
  const median = builtInAggregation('median');
  const row = new Float64Array(all.length);
  return all[0].values.map((_, i) => {
    for (let j = 0; j < all.length; j++) row[j] = all[j].values[i] ?? Number.NaN;
    return median(row, 0, row.length);
  });
}
