import { refuse } from '../evaluation-refusal.js';
import { named, type TimeSeries, withTags } from '../time-series.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

/** Sums of all values up to each. */
export const INTEGRALS: readonly FunctionDeclaration[] = [
  {
    name: 'integral',
    group: 'Transform',
    description: 'The sum of all values up to each.',
    params: [SERIES_LIST],
    evaluate: (_context, args) =>
      args.series().map((series) => ({
        ...named(series, `integral(${series.name})`),
        tags: withTags(series.tags, { integral: '1' }),
        values: integral(series.values),
      })),
  },
  {
    name: 'integralByInterval',
    group: 'Transform',
    description:
      'The sum of all values up to each, from zero again at each interval of the window.',
    params: [SERIES_LIST, { name: 'intervalUnit', type: 'string', required: true }],
    evaluate: ({ window }, args) => {
      const intervalS = Math.abs(args.intervalS('intervalUnit'));
      if (intervalS === 0) refuse('integralByInterval: intervalUnit is no time at all');
      const unit = args.string('intervalUnit');
      return args.series().map((series) => ({
        ...named(series, `integralByInterval(${series.name},'${unit}')`),
        tags: withTags(series.tags, { integralByInterval: unit }),
        values: integralByInterval(series, window.fromS, intervalS),
      }));
    },
  },
  {
    name: 'integralWithReset',
    group: 'Transform',
    description: 'The sum of all values up to each, zero again where another series is not.',
    params: [SERIES_LIST, { name: 'resettingSeries', type: 'seriesList', required: true }],
    evaluate: (_context, args) => {
      const [reset, another] = args.series('resettingSeries');
      if (reset === undefined || another !== undefined)
        refuse('integralWithReset: resettingSeries must be one series');
      return args.series().map((series) => {
        if (series.stepS !== reset.stepS || series.values.length !== reset.values.length)
          refuse(`integralWithReset: ${series.name} and ${reset.name} must have points alike`);
        const name = `integralWithReset(${series.name},${reset.name})`;
        return { ...named(series, name), values: integralWithReset(series.values, reset.values) };
      });
    },
  },
];

function integral(values: Float64Array): Float64Array {
  let sum = 0;
  return values.map((value) => {
    if (!Number.isNaN(value)) sum += value;
    return Number.isNaN(value) ? Number.NaN : sum;
  });
}

/** Null adds nothing, and has the sum up to it. */
function integralByInterval(
  { values, startS, stepS }: TimeSeries,
  fromS: number,
  intervalS: number,
): Float64Array {
  let sum = 0;
  return values.map((value, i) => {
    const sinceS = startS + i * stepS - fromS;
    const isNext = Math.floor(sinceS / intervalS) !== Math.floor((sinceS - stepS) / intervalS);
    if (isNext) sum = 0;
    if (!Number.isNaN(value)) sum += value;
    return sum;
  });
}

function integralWithReset(values: Float64Array, resets: Float64Array): Float64Array {
  let sum = 0;
  return values.map((value, i) => {
    if (Number.isNaN(value)) return Number.NaN;
    const isReset = !Number.isNaN(resets[i]) && resets[i] !== 0;
    sum = isReset ? 0 : sum + value;
    return sum;
  });
}
