import { builtInAggregation, countKnown } from '../aggregation.js';
import { formatG, formatNumber } from '../python-format.js';
import { summarized } from '../summarize.js';
import { named, type TimeSeries, withTags } from '../time-series.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

const LIMIT = { name: 'limit', type: 'intOrInf', default: Number.POSITIVE_INFINITY } as const;

/** Nulls: filled, shown, or left out. */
export const GAPS: readonly FunctionDeclaration[] = [
  {
    name: 'keepLastValue',
    group: 'Transform',
    description: 'Fills gaps of at most `limit` points with the value before them.',
    params: [SERIES_LIST, LIMIT],
    evaluate: (_context, args) => {
      const limit = args.number('limit');
      return args.series().map((series) => ({
        ...named(series, `keepLastValue(${series.name})`),
        values: withLastValues(series.values, limit),
      }));
    },
  },
  {
    name: 'interpolate',
    group: 'Transform',
    description: 'Fills gaps of at most `limit` points, between two values, with a straight line.',
    params: [SERIES_LIST, LIMIT],
    evaluate: (_context, args) => {
      const limit = args.number('limit');
      return args.series().map((series) => ({
        ...named(series, `interpolate(${series.name})`),
        values: withLines(series.values, limit),
      }));
    },
  },
  {
    name: 'transformNull',
    group: 'Transform',
    description: 'A value for nulls, or only for those at times at which a reference has a value.',
    params: [
      SERIES_LIST,
      { name: 'default', type: 'float', default: 0 },
      { name: 'referenceSeries', type: 'seriesList' },
    ],
    evaluate: (_context, args) => {
      const value = args.number('default');
      const references = args.has('referenceSeries') ? args.series('referenceSeries') : [];
      const known = knownAtAll(references);
      const isReferred = references.length > 0;
      const tags = {
        transformNull: formatNumber(value, !args.isGiven('default')),
        ...(isReferred && { referenceSeries: '1' }),
      };
      const shown = `${formatG(value)}${isReferred ? ',referenceSeries' : ''}`;
      return args.series().map((series) => ({
        ...named(series, `transformNull(${series.name},${shown})`),
        tags: withTags(series.tags, tags),
        values: withValueForNull(series.values, value, isReferred ? known : undefined),
      }));
    },
  },
  {
    name: 'isNonNull',
    aliases: ['isNotNull'],
    group: 'Transform',
    description: 'One for each value, and zero for null.',
    params: [SERIES_LIST],
    evaluate: (_context, args) =>
      args.series().map((series) => ({
        ...named(series, `isNonNull(${series.name})`),
        tags: withTags(series.tags, { isNonNull: '1' }),
        values: series.values.map((value) => (Number.isNaN(value) ? 0 : 1)),
      })),
  },
  {
    name: 'compressPeriodicGaps',
    group: 'Transform',
    description: 'Leaves out nulls that come at regular intervals, and makes the step longer.',
    params: [SERIES_LIST],
    evaluate: ({ nulls }, args) =>
      args.series().map((series) => {
        const compressed = named(series, `compressPeriodicGaps(${series.name})`);
        const period = periodOf(series.values);
        if (period === undefined) return compressed;
        const startS = series.startS + period.first * series.stepS;
        const intervalS = period.steps * series.stepS;
        const window = { startS, endS: series.endS, intervalS };
        return { ...compressed, ...summarized(series, builtInAggregation('last'), window, nulls) };
      }),
  },
];

function withLastValues(values: Float64Array, limit: number): Float64Array {
  const result = values.slice();
  forEachGap(values, (start, end) => {
    if (start > 0 && end - start <= limit) result.fill(values[start - 1], start, end);
  });
  return result;
}

function withLines(values: Float64Array, limit: number): Float64Array {
  const result = values.slice();
  forEachGap(values, (start, end) => {
    if (start === 0 || end === values.length || end - start > limit) return;
    const from = values[start - 1];
    const rise = values[end] - from;
    for (let i = start; i < end; i++)
      result[i] = from + ((i - start + 1) * rise) / (end - start + 1);
  });
  return result;
}

/** @param found a run of nulls, from `start` up to but without `end` */
function forEachGap(values: Float64Array, found: (start: number, end: number) => void): void {
  let start = 0;
  for (let i = 0; i <= values.length; i++) {
    if (i < values.length && Number.isNaN(values[i])) continue;
    if (i > start) found(start, i);
    start = i + 1;
  }
}

/** Where any of the series has a value, by position. */
function knownAtAll(all: readonly TimeSeries[]): boolean[] {
  const length = Math.max(0, ...all.map(({ values }) => values.length));
  const known = new Array<boolean>(length).fill(false);
  for (const { values } of all)
    for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) known[i] = true;
  return known;
}

/** @param known where nulls get the value, by position */
function withValueForNull(
  values: Float64Array,
  value: number,
  known: readonly boolean[] | undefined,
): Float64Array {
  const result = values.slice();
  for (let i = 0; i < result.length; i++)
    if (Number.isNaN(result[i]) && (known === undefined || known[i])) result[i] = value;
  return result;
}

/** The distance of the first two values, where the third is as far, alone. */
function periodOf(values: Float64Array): { first: number; steps: number } | undefined {
  const first = values.findIndex((value) => !Number.isNaN(value));
  const second = values.findIndex((value, i) => i > first && !Number.isNaN(value));
  const steps = second - first;
  const third = second + steps;
  if (first === -1 || second === -1 || steps < 2 || third > values.length - 2) return undefined;
  const isRegular = !Number.isNaN(values[third]) && countKnown(values, third - 1, third + 2) === 1;
  return isRegular ? { first, steps } : undefined;
}
