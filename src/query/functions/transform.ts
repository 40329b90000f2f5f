import { formatG, formatNumber } from '../python-format.js';
import { mapValues, named, type TimeSeries, withTags } from '../time-series.js';
import { type FunctionDeclaration, SERIES_LIST } from './declaration.js';

/** Each value changed by itself, or by its neighbours. */
export const TRANSFORM: readonly FunctionDeclaration[] = [
  {
    name: 'absolute',
    group: 'Transform',
    description: 'Values without their sign.',
    params: [SERIES_LIST],
    evaluate: (_context, args) =>
      args.series().map((series) => ({
        ...named(series, `absolute(${series.name})`),
        tags: withTags(series.tags, { absolute: '1' }),
        values: mapValues(series.values, Math.abs),
      })),
  },
  {
    name: 'scale',
    group: 'Transform',
    description: 'Values times a factor.',
    params: [SERIES_LIST, { name: 'factor', type: 'float', required: true }],
    evaluate: (_context, args) => {
      const factor = args.number('factor');
      return args.series().map((series) => ({
        ...named(series, `scale(${series.name},${formatG(factor)})`),
        tags: withTags(series.tags, { scale: formatNumber(factor, false) }),
        values: mapValues(series.values, (value) => value * factor),
      }));
    },
  },
  {
    name: 'offset',
    group: 'Transform',
    description: 'Values plus a constant.',
    params: [SERIES_LIST, { name: 'factor', type: 'float', required: true }],
    evaluate: (_context, args) => {
      const factor = args.number('factor');
      return args.series().map((series) => ({
        ...named(series, `offset(${series.name},${formatG(factor)})`),
        tags: withTags(series.tags, { offset: formatNumber(factor, false) }),
        values: mapValues(series.values, (value) => value + factor),
      }));
    },
  },
  {
    name: 'keepLastValue',
    group: 'Transform',
    description: 'Fills gaps of at most `limit` points with the value before them.',
    params: [SERIES_LIST, { name: 'limit', type: 'intOrInf', default: Number.POSITIVE_INFINITY }],
    evaluate: (_context, args) => {
      const limit = args.number('limit');
      return args.series().map((series) => ({
        ...named(series, `keepLastValue(${series.name})`),
        values: withGapsFilled(series, limit),
      }));
    },
  },
];

function withGapsFilled({ values }: TimeSeries, limit: number): Float64Array {
  const result = values.slice();
  let gapStart = 0;
  for (let i = 0; i <= values.length; i++) {
    if (i < values.length && Number.isNaN(values[i])) continue;
    const isFillable = gapStart > 0 && i - gapStart <= limit;
    if (isFillable) result.fill(values[gapStart - 1], gapStart, i);
    gapStart = i + 1;
  }
  return result;
}
