import { countKnown } from '../aggregation.js';
import { quoted } from '../bad-request.js';
import { kolmogorovSmirnov, pearson } from '../correlation.js';
import { refuse } from '../evaluation-refusal.js';
import { fittedPolynomial } from '../polynomial.js';
import { named, type TimeSeries } from '../time-series.js';
import type { Arguments } from './arguments.js';
import type { CallContext, FunctionDeclaration } from './declaration.js';
import { type Parameter, SERIES_LIST } from './parameter.js';

const OTHER: Parameter = { name: 'otherSeriesList', type: 'seriesList', required: true };
/** What all windows of a call may hold together: they are looked at one by one. */
const WINDOW_VALUES_MAX = 10_000_000;
/** Work of calls on each point, which stands in hundreds of windows; one of these tests puts each window in order. */
const PEARSON_WORK_PER_POINT = 50;
const KOLMOGOROV_WORK_PER_POINT = 200;
const FIT_WORK_PER_POINT = 10;
/** Higher powers lose all their digits. */
const DEGREE_MAX = 20;

type Compare = (a: Float64Array, b: Float64Array, start: number, end: number) => number;

/** How series resemble one another, or a curve, as carbonapi has it. */
export const STATISTICS: readonly FunctionDeclaration[] = [
  {
    name: 'kolmogorovSmirnovTest2',
    aliases: ['ksTest2'],
    group: 'Transform',
    workPerPoint: KOLMOGOROV_WORK_PER_POINT,
    description:
      'How likely two series are of one distribution, 0 to 1, by the last points of each (Kolmogorov, Smirnov).',
    params: [SERIES_LIST, OTHER, { name: 'windowSize', type: 'integer', required: true }],
    evaluate: (context, args) => {
      const name = 'kolmogorovSmirnovTest2';
      return compared(context, args, name, args.integer('windowSize'), kolmogorovSmirnov);
    },
  },
  {
    name: 'pearson',
    group: 'Transform',
    workPerPoint: PEARSON_WORK_PER_POINT,
    description: 'The correlation of two series by the last points of each, -1 to 1 (Pearson).',
    params: [SERIES_LIST, OTHER, { name: 'windowSize', type: 'integer', required: true }],
    evaluate: (context, args) =>
      compared(context, args, 'pearson', args.integer('windowSize') - 1, pearson),
  },
  {
    name: 'pearsonClosest',
    group: 'Transform',
    description: 'The `n` of several series that correlate most with one (Pearson).',
    params: [
      SERIES_LIST,
      OTHER,
      { name: 'n', type: 'integer', required: true },
      { name: 'direction', type: 'string', default: 'abs', options: ['abs', 'pos', 'neg'] },
    ],
    evaluate: (_context, args) => {
      const reference = single(args, 'pearsonClosest', 'seriesList');
      const direction = args.string('direction');
      if (!['abs', 'pos', 'neg'].includes(direction))
        refuse(`pearsonClosest: direction is ${quoted(direction)}, and must be abs, pos or neg`);
      const n = args.integer('n');
      if (n < 0) refuse(`pearsonClosest: n is ${n}, and must not be less than 0`);
      return args
        .series('otherSeriesList')
        .filter(({ values }) => values.length === reference.values.length)
        .map((series) => ({ series, value: pearson(reference.values, series.values) }))
        .map(({ series, value }) => ({ series, score: closeness(value, direction) }))
        .filter(({ score }) => score >= 0)
        .sort((a, b) => b.score - a.score)
        .slice(0, n)
        .map(({ series }) => series);
    },
  },
  {
    name: 'polyfit',
    group: 'Combine',
    workPerPoint: FIT_WORK_PER_POINT,
    description:
      'The polynomial of a degree nearest to the values, and what it gives for later times.',
    params: [
      SERIES_LIST,
      { name: 'degree', type: 'integer', default: 1 },
      { name: 'offset', type: 'interval', default: '0d' },
    ],
    evaluate: polyfit,
  },
];

/** 0 or more, where the direction is as asked. */
function closeness(value: number, direction: string): number {
  if (direction === 'abs') return Math.abs(value);
  return direction === 'pos' ? value : -value;
}

function single(args: Arguments, name: string, parameter: string): TimeSeries {
  const [series, another] = args.series(parameter);
  if (series === undefined || another !== undefined)
    return refuse(`${name}: ${parameter} must be one series`);
  return series;
}

/** @param first the position of the first window's end */
function compared(
  { window, nulls }: CallContext,
  args: Arguments,
  name: string,
  first: number,
  compare: Compare,
): TimeSeries[] {
  const [a, b] = ['seriesList', 'otherSeriesList'].map((list) => single(args, name, list));
  const size = args.integer('windowSize');
  if (size < 1) refuse(`${name}: windowSize is ${size}, and must be 1 or more`);
  const values = nulls(a.values.length);
  const count = values.length - first;
  if (count * size > WINDOW_VALUES_MAX)
    refuse(`${name}: windowSize is too large for so many points`);
  for (let i = first; i < values.length; i++)
    values[i] = compare(a.values, b.values, i - size + 1, i + 1);
  const startS = window.fromS;
  const endS = startS + values.length * a.stepS;
  return [{ ...named(a, `${name}(${a.name},${b.name},${size})`), startS, endS, values }];
}

function polyfit({ nulls }: CallContext, args: Arguments): TimeSeries[] {
  const degree = args.integer('degree');
  if (degree < 1 || degree > DEGREE_MAX)
    refuse(`polyfit: degree is ${degree}, and must be 1 to ${DEGREE_MAX}`);
  const offsetS = args.intervalS('offset');
  const given = [
    ...(args.isGiven('degree') || args.isGiven('offset') ? [`,${degree}`] : []),
    ...(args.isGiven('offset') ? [`,'${args.string('offset')}'`] : []),
  ].join('');
  return args.series().flatMap((series) => {
    const values = nulls(series.values.length + Math.trunc(offsetS / series.stepS));
    const result = {
      ...named(series, `polyfit(${series.name}${given})`),
      endS: series.endS + offsetS,
      values,
    };
    if (countKnown(series.values) < 2) return result;
    const at = fittedPolynomial(series.values, degree);
    if (at === undefined) return [];
    for (let i = 0; i < values.length; i++) values[i] = at(i);
    return result;
  });
}
