import { assert } from '../../assert.js';
import { type Aggregation, aggregateKnown, aggregation } from '../aggregation.js';
import { named, type TimeSeries, withTags } from '../time-series.js';
import type { Arguments } from './arguments.js';
import {
  type CallContext,
  type FunctionDeclaration,
  SERIES_LIST,
  X_FILES_FACTOR,
} from './declaration.js';

/** Each point from the points up to it, as many as a window holds. */
export const MOVING: readonly FunctionDeclaration[] = [
  movingFunction('movingAverage', 'average', 'The average of the points of a window.'),
];

function movingFunction(name: string, by: string, description: string): FunctionDeclaration {
  const aggregate = aggregation(by);
  assert(aggregate !== undefined, `there is an aggregation ${by}`);
  return {
    name,
    group: 'Calculate',
    description,
    params: [
      SERIES_LIST,
      {
        name: 'windowSize',
        type: 'intOrInterval',
        required: true,
        suggestions: [5, 7, 10, '1min', '5min', '10min', '30min', '1hour'],
      },
      X_FILES_FACTOR,
    ],
    evaluate: (context, args) => movingWindow(context, args, name, aggregate),
  };
}

/**
 * As graphite-web's head: the window ends with the point itself. The points before the first one are
 * fetched too; with windows of points, as many steps back as the coarsest series needs.
 */
function movingWindow(
  context: CallContext,
  args: Arguments,
  name: string,
  aggregate: Aggregation,
): TimeSeries[] {
  const original = args.series();
  if (original.length === 0) return [];
  const size = args.value('windowSize');
  const isSpan = size.type === 'string';
  const points = isSpan ? 0 : args.integer('windowSize');
  const backS = isSpan
    ? Math.abs(args.intervalS('windowSize'))
    : Math.max(...original.map((series) => series.stepS)) * points;
  const xFilesFactor = args.optionalNumber('xFilesFactor') ?? context.xFilesFactor;
  const { window } = context;
  const [before] = context.again('seriesList', [{ ...window, fromS: window.fromS - backS }]);
  const text = args.text('windowSize');
  return before.map((series) => {
    const windowPoints = isSpan ? Math.floor(backS / series.stepS) : points;
    return {
      ...named(series, `${name}(${series.name},${isSpan ? `"${text}"` : text})`),
      tags: withTags(series.tags, { [name]: text }),
      startS: series.startS + backS,
      values: moved(series.values, windowPoints, aggregate, xFilesFactor),
    };
  });
}

function moved(
  values: Float64Array,
  windowPoints: number,
  aggregate: Aggregation,
  xFilesFactor: number,
): Float64Array {
  const result = new Float64Array(Math.max(0, values.length - windowPoints));
  for (let i = 0; i < result.length; i++) {
    const end = i + windowPoints + 1;
    result[i] = aggregateKnown(aggregate, values, end - windowPoints, end, xFilesFactor);
  }
  return result;
}
