import { sortedKnown } from '../aggregation.js';
import { quoted } from '../bad-request.js';
import { refuse } from '../evaluation-refusal.js';
import { WORK_PER_SORTED_POINT } from '../percentile.js';
import { named, type TimeSeries } from '../time-series.js';
import type { Arguments } from './arguments.js';
import type { FunctionDeclaration } from './declaration.js';
import { type Parameter, SERIES_LIST } from './parameter.js';

/** The values of each series by which `heatMap` puts them in order. */
const WEIGHED = 5;

const TUKEY: readonly Parameter[] = [
  SERIES_LIST,
  { name: 'basis', type: 'float', required: true },
  { name: 'n', type: 'integer', required: true },
  { name: 'interval', type: 'intOrInterval', default: 0 },
];

/** Series seen beside the others of their list, as carbonapi has it. */
export const SERIES_SETS: readonly FunctionDeclaration[] = [
  {
    name: 'heatMap',
    group: 'Transform',
    description:
      'What each series has more than the next lower one; the first five values make the order.',
    params: [SERIES_LIST],
    evaluate: (_context, args) => {
      const sorted = byFirstValues(alike(args.series()));
      return sorted.slice(1).map((series, i) => ({
        ...named(series, `heatMap(${series.name},${sorted[i].name})`),
        values: series.values.map((value, at) => value - sorted[i].values[at]),
      }));
    },
  },
  {
    name: 'join',
    group: 'Transform',
    description:
      'Series of two lists by their names: those in both (AND), in one of them (OR), in only one (XOR), in the first alone (SUB).',
    params: [
      { name: 'seriesA', type: 'seriesList', required: true },
      { name: 'seriesB', type: 'seriesList', required: true },
      { name: 'type', type: 'string', default: 'AND', options: ['AND', 'OR', 'XOR', 'SUB'] },
    ],
    evaluate: (_context, args) => {
      const [a, b] = [args.series('seriesA'), args.series('seriesB')];
      switch (args.string('type').toUpperCase()) {
        case 'AND':
          return a.filter(isNamedIn(b));
        case 'OR':
          return [...a, ...without(b, a)];
        case 'XOR':
          return [...without(a, b), ...without(b, a)];
        case 'SUB':
          return without(a, b);
        default:
          return refuse(`join: type is ${quoted(args.string('type'))}, not AND, OR, XOR or SUB`);
      }
    },
  },
  {
    name: 'tukeyAbove',
    group: 'Transform',
    workPerPoint: WORK_PER_SORTED_POINT,
    description:
      'The `n` series with most values above the third quartile of all, by `basis` times the quartiles’ distance.',
    params: TUKEY,
    evaluate: (_context, args) =>
      outliers('tukeyAbove', args, (value, { third, distance }) => value >= third + distance),
  },
  {
    name: 'tukeyBelow',
    group: 'Transform',
    workPerPoint: WORK_PER_SORTED_POINT,
    description:
      'The `n` series with most values below the first quartile of all, by `basis` times the quartiles’ distance.',
    params: TUKEY,
    evaluate: (_context, args) =>
      outliers('tukeyBelow', args, (value, { first, distance }) => value <= first - distance),
  },
];

function isNamedIn(all: readonly TimeSeries[]): (series: TimeSeries) => boolean {
  const names = new Set(all.map(({ name }) => name));
  return ({ name }) => names.has(name);
}

function without(all: readonly TimeSeries[], others: readonly TimeSeries[]): TimeSeries[] {
  const isOther = isNamedIn(others);
  return all.filter((series) => !isOther(series));
}

function alike(all: readonly TimeSeries[]): readonly TimeSeries[] {
  for (const { name, startS, endS, stepS, values } of all.slice(1))
    if (
      startS !== all[0].startS ||
      endS !== all[0].endS ||
      stepS !== all[0].stepS ||
      values.length !== all[0].values.length
    )
      refuse(`heatMap: ${name} and ${all[0].name} do not have the same times`);
  return all;
}

/** Lowest first, by the values at the first times at which all have one. */
function byFirstValues(all: readonly TimeSeries[]): TimeSeries[] {
  const weights = all.map((series) => ({ series, weight: 0 }));
  const length = all[0]?.values.length ?? 0;
  for (let i = 0, found = 0; i < length && found < WEIGHED; i++) {
    if (all.some(({ values }) => Number.isNaN(values[i]))) continue;
    for (const one of weights) one.weight += one.series.values[i];
    found++;
  }
  return weights.sort((a, b) => a.weight - b.weight).map(({ series }) => series);
}

interface Quartiles {
  readonly first: number;
  readonly third: number;
  /** Between the two, times the basis. */
  readonly distance: number;
}

function outliers(
  name: string,
  args: Arguments,
  isOutlier: (value: number, quartiles: Quartiles) => boolean,
): TimeSeries[] {
  const basis = args.number('basis');
  if (!(basis > 0)) refuse(`${name}: basis is ${basis}, and must be above 0`);
  const n = args.integer('n');
  if (n < 1) refuse(`${name}: n is ${n}, and must be 1 or more`);
  const [start, end] = range(name, args);
  const parts = args.series().map(({ values }) => values.subarray(start, end));
  const sorted = sortedKnown(joined(parts));
  if (sorted.length === 0) return [];
  const [first, third] = [0.25, 0.75].map((part) => sorted[Math.trunc(part * sorted.length)]);
  const quartiles = { first, third, distance: basis * (third - first) };
  return args
    .series()
    .map((series, i) => {
      const found = parts[i].reduce((sum, value) => sum + Number(isOutlier(value, quartiles)), 0);
      return { series, found };
    })
    .filter(({ found }) => found > 0)
    .sort(byMostFound)
    .slice(0, n)
    .reverse()
    .sort(byMostFound)
    .map(({ series }) => series);
}

/** carbonapi takes the first of those with as many, and shows the last of them first. */
function byMostFound(a: { found: number }, b: { found: number }): number {
  return b.found - a.found;
}

/** The last points, as many as asked, or all but these if that is negative; all if it is more than there are. */
function range(name: string, args: Arguments): [start: number, end: number] {
  const [first] = args.series();
  const length = first?.values.length ?? 0;
  const isSpan = args.value('interval').type === 'string';
  const asked = isSpan
    ? args.intervalS('interval') / (first?.stepS ?? 1)
    : args.integer('interval');
  const points = Math.trunc(asked);
  if (Math.abs(points) >= length) return [0, length];
  if (args.series().some(({ values }) => values.length !== length))
    refuse(`${name}: an interval needs series with as many points as the first`);
  if (points < 0) return [0, length + points];
  return points > 0 ? [length - points, length] : [0, length];
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
