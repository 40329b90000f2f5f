import { assert } from '../../assert.js';
import { AGGREGATION_NAMES, builtInAggregation, isEnough } from '../aggregation.js';
import { quoted } from '../bad-request.js';
import { refuse } from '../evaluation-refusal.js';
import { type MovingAggregation, movingAggregation, movingCount } from '../moving-aggregation.js';
import { pythonRound } from '../python-round.js';
import { named, type TimeSeries, withTags } from '../time-series.js';
import type { Arguments } from './arguments.js';
import type { CallContext, FunctionDeclaration } from './declaration.js';
import { type Parameter, SERIES_LIST, X_FILES_FACTOR } from './parameter.js';

const WINDOW_SIZE: Parameter = {
  name: 'windowSize',
  type: 'intOrInterval',
  required: true,
  suggestions: [5, 7, 10, '1min', '5min', '10min', '30min', '1hour'],
};

/** Of medians, which keep the points of the window in order. */
const WORK_PER_POINT = 10;

/** Of averages that move exponentially, after the point. */
const DIGITS = 6;

/** Each point from the points up to it, as many as a window holds. */
export const MOVING: readonly FunctionDeclaration[] = [
  movingFunction('movingAverage', 'average', 'The average of the points of a window.'),
  movingFunction('movingMax', 'max', 'The highest of the points of a window.'),
  {
    ...movingFunction('movingMedian', 'median', 'The median of the points of a window.'),
    workPerPoint: WORK_PER_POINT,
  },
  movingFunction('movingMin', 'min', 'The lowest of the points of a window.'),
  movingFunction('movingSum', 'sum', 'The sum of the points of a window.'),
  {
    name: 'movingWindow',
    group: 'Calculate',
    workPerPoint: WORK_PER_POINT,
    description: 'An aggregation of the points of a window, which ends with the point itself.',
    params: [
      SERIES_LIST,
      WINDOW_SIZE,
      { name: 'func', type: 'aggFunc', default: 'average', options: AGGREGATION_NAMES },
      X_FILES_FACTOR,
    ],
    evaluate: (context, args) => {
      const by = args.string('func');
      const aggregate = movingAggregation(by);
      if (aggregate === undefined) return refuse(`movingWindow: no aggregation ${quoted(by)}`);
      const capitalised = by.charAt(0).toUpperCase() + by.slice(1).toLowerCase();
      return movingWindow(context, args, `moving${capitalised}`, aggregate);
    },
  },
  {
    name: 'exponentialMovingAverage',
    group: 'Calculate',
    description:
      'An average that each new point changes by 2 / (windowSize + 1), and older ones ever less.',
    params: [SERIES_LIST, WINDOW_SIZE],
    evaluate: exponentialMovingAverage,
  },
];

function movingFunction(name: string, by: string, description: string): FunctionDeclaration {
  const aggregate = movingAggregation(by);
  assert(aggregate !== undefined, `there is an aggregation ${by}`);
  return {
    name,
    group: 'Calculate',
    description,
    params: [SERIES_LIST, WINDOW_SIZE, X_FILES_FACTOR],
    evaluate: (context, args) => movingWindow(context, args, name, aggregate),
  };
}

/** What a call looks back on, before the window of the request. */
interface LookBack {
  readonly backS: number;
  /** The size as names of results show it. */
  readonly shown: string;
  /** As tags show it. */
  readonly text: string;
  pointsOf(series: TimeSeries): number;
}

/** With windows of points, as many steps back as the coarsest series needs. */
function lookBack(name: string, args: Arguments, original: readonly TimeSeries[]): LookBack {
  const text = args.text('windowSize');
  if (args.value('windowSize').type === 'string') {
    const backS = Math.abs(args.intervalS('windowSize'));
    return { backS, shown: `"${text}"`, text, pointsOf: ({ stepS }) => Math.floor(backS / stepS) };
  }
  const points = args.integer('windowSize');
  if (points < 0) refuse(`${name}: windowSize is ${points}, and must not be less than 0`);
  const backS = original.reduce((most, { stepS }) => Math.max(most, stepS), 0) * points;
  return { backS, shown: text, text, pointsOf: () => points };
}

/** As graphite-web's head: the window ends with the point itself. */
function movingWindow(
  context: CallContext,
  args: Arguments,
  name: string,
  aggregate: MovingAggregation,
): TimeSeries[] {
  const original = args.series();
  if (original.length === 0) return [];
  const look = lookBack(context.name, args, original);
  const xFilesFactor = args.optionalNumber('xFilesFactor');
  const { window, nulls } = context;
  const [before] = context.again('seriesList', [{ ...window, fromS: window.fromS - look.backS }]);
  return before.map((series) => {
    const points = look.pointsOf(series);
    const values = nulls(series.values.length - points);
    moveOver(series, points, aggregate, xFilesFactor ?? series.xFilesFactor, values);
    return {
      ...named(series, `${name}(${series.name},${look.shown})`),
      tags: withTags(series.tags, { [name]: look.text }),
      startS: series.startS + look.backS,
      values,
    };
  });
}

/** Fills `result`, whose first point has `points` before it. */
function moveOver(
  { values }: TimeSeries,
  points: number,
  aggregate: MovingAggregation,
  xFilesFactor: number,
  result: Float64Array,
): void {
  if (points === 0 || result.length === 0) return;
  const inWindows = values.subarray(1);
  const moved = aggregate(inWindows, points);
  const known = movingCount(inWindows, points);
  for (let i = 0; i < result.length; i++)
    if (isEnough(known[i], points, xFilesFactor)) result[i] = moved[i];
}

function exponentialMovingAverage(context: CallContext, args: Arguments): TimeSeries[] {
  const original = args.series();
  if (original.length === 0) return [];
  const look = lookBack(context.name, args, original);
  // A span counts seconds here, not points.
  const size = args.value('windowSize').type === 'string' ? look.backS : look.pointsOf(original[0]);
  const { window } = context;
  const [before] = context.again('seriesList', [{ ...window, fromS: window.fromS - look.backS }]);
  return before.map((series) => ({
    ...named(series, `exponentialMovingAverage(${series.name},${look.shown})`),
    tags: withTags(series.tags, { exponentialMovingAverage: look.text }),
    startS: series.startS + look.backS,
    values: exponentiallyMoved(series.values, look.pointsOf(series), 2 / (size + 1)),
  }));
}

/** The average of the first points, and one value for each of the rest, rounded as graphite does. */
function exponentiallyMoved(values: Float64Array, points: number, weight: number): Float64Array {
  const first = Math.min(points, values.length);
  const average = builtInAggregation('average')(values, 0, first);
  let moving = Number.isNaN(average) ? 0 : average;
  const result = new Float64Array(values.length - first + 1);
  result[0] = pythonRound(moving, DIGITS);
  for (let i = first; i < values.length; i++) {
    const isKnown = !Number.isNaN(values[i]);
    if (isKnown) moving = weight * values[i] + (1 - weight) * moving;
    result[i - first + 1] = isKnown ? pythonRound(moving, DIGITS) : Number.NaN;
  }
  return result;
}
