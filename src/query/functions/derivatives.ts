import { formatD } from '../python-format.js';
import { pythonRound } from '../python-round.js';
import { named, withTags } from '../time-series.js';
import type { Arguments } from './arguments.js';
import type { FunctionDeclaration } from './declaration.js';
import { type Parameter, SERIES_LIST } from './parameter.js';

const BOUNDS: readonly Parameter[] = [
  { name: 'maxValue', type: 'float' },
  { name: 'minValue', type: 'float' },
];

/** Each value by those before it. */
export const DERIVATIVES: readonly FunctionDeclaration[] = [
  {
    name: 'derivative',
    group: 'Transform',
    description: 'What each value has more than the one before it.',
    params: [SERIES_LIST],
    evaluate: (_context, args) =>
      args.series().map((series) => ({
        ...named(series, `derivative(${series.name})`),
        tags: withTags(series.tags, { derivative: '1' }),
        values: series.values.map((value, i, all) => (i === 0 ? Number.NaN : value - all[i - 1])),
      })),
  },
  {
    name: 'nonNegativeDerivative',
    group: 'Transform',
    description:
      'What a counter has more than before. Where it has less it began anew: after `maxValue` if that is given.',
    params: [SERIES_LIST, ...BOUNDS],
    evaluate: (_context, args) => {
      const bounds = boundsOf(args);
      return args.series().map((series) => ({
        ...named(series, `nonNegativeDerivative(${series.name})`),
        tags: withTags(series.tags, { nonNegativeDerivative: '1' }),
        values: increases(series.values, bounds),
      }));
    },
  },
  {
    name: 'perSecond',
    group: 'Transform',
    description: 'What a counter has more than before, by the second.',
    params: [SERIES_LIST, ...BOUNDS],
    evaluate: (_context, args) => {
      const bounds = boundsOf(args);
      return args.series().map((series) => ({
        ...named(series, `perSecond(${series.name})`),
        tags: withTags(series.tags, { perSecond: '1' }),
        values: increases(series.values, bounds).map((increase) =>
          pythonRound(increase / series.stepS, 6),
        ),
      }));
    },
  },
  {
    name: 'delay',
    group: 'Transform',
    description: 'Values so many points later, or sooner if negative; those at the end are lost.',
    params: [SERIES_LIST, { name: 'steps', type: 'integer', required: true }],
    evaluate: (_context, args) => {
      const steps = args.wholeNumber('steps');
      return args.series().map((series) => ({
        ...named(series, `delay(${series.name},${formatD(steps)})`),
        tags: withTags(series.tags, { delay: formatD(steps) }),
        values: delayed(series.values, steps),
      }));
    },
  },
];

/** Between which a counter lies. */
interface Bounds {
  readonly most: number | undefined;
  readonly least: number | undefined;
}

function boundsOf(args: Arguments): Bounds {
  return { most: args.optionalNumber('maxValue'), least: args.optionalNumber('minValue') };
}

/** A value out of bounds is none, and the one after it the first one. */
function increases(values: Float64Array, { most, least }: Bounds): Float64Array {
  const result = new Float64Array(values.length).fill(Number.NaN);
  let before = Number.NaN;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const isOut = (most !== undefined && value > most) || (least !== undefined && value < least);
    if (value >= before) result[i] = value - before;
    else if (value < before && most !== undefined)
      result[i] = most + 1 + value - before - (least ?? 0);
    else if (value < before && least !== undefined) result[i] = value - least;
    if (isOut) result[i] = Number.NaN;
    before = isOut ? Number.NaN : value;
  }
  return result;
}

/** Not at all is no values, as in graphite-web, which cuts off as many as it puts before. */
function delayed(values: Float64Array, steps: number): Float64Array {
  if (steps === 0) return new Float64Array(0);
  const result = new Float64Array(values.length).fill(Number.NaN);
  if (steps < 0) result.set(values.subarray(-steps));
  else if (steps < values.length) result.set(values.subarray(0, -steps), steps);
  return result;
}
