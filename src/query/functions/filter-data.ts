import { percentile, WORK_PER_SORTED_POINT } from '../percentile.js';
import { formatG, formatNumber } from '../python-format.js';
import { mapValues, named, withTags } from '../time-series.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

/** Values that are taken out of their series. */
export const FILTER_DATA: readonly FunctionDeclaration[] = [
  removal('removeAboveValue', 'Values above `n` are null.', (value, n) => value > n),
  removal('removeBelowValue', 'Values below `n` are null.', (value, n) => value < n),
  percentileRemoval(
    'removeAbovePercentile',
    'Values above the percentile `n` of their series are null.',
    (value, limit) => value > limit,
  ),
  percentileRemoval(
    'removeBelowPercentile',
    'Values below the percentile `n` of their series are null.',
    (value, limit) => value < limit,
  ),
];

type IsRemoved = (value: number, limit: number) => boolean;

function without(values: Float64Array, limit: number, isRemoved: IsRemoved): Float64Array {
  return mapValues(values, (value) => (isRemoved(value, limit) ? Number.NaN : value));
}

function removal(name: string, description: string, isRemoved: IsRemoved): FunctionDeclaration {
  return {
    name,
    group: 'Filter Data',
    description,
    params: [SERIES_LIST, { name: 'n', type: 'float', required: true }],
    evaluate: (_context, args) => {
      const n = args.number('n');
      return args.series().map((series) => ({
        ...named(series, `${name}(${series.name}, ${formatG(n)})`),
        values: without(series.values, n, isRemoved),
      }));
    },
  };
}

function percentileRemoval(
  name: string,
  description: string,
  isRemoved: IsRemoved,
): FunctionDeclaration {
  return {
    name,
    group: 'Filter Data',
    workPerPoint: WORK_PER_SORTED_POINT,
    description,
    params: [SERIES_LIST, { name: 'n', type: 'float', required: true }],
    evaluate: (_context, args) => {
      const n = args.percent('n');
      return args.series().map((series) => {
        const limit = percentile(series.values, n, false);
        const renamed = named(series, `${name}(${series.name}, ${formatG(n)})`);
        if (Number.isNaN(limit)) return renamed;
        return {
          ...renamed,
          tags: withTags(series.tags, { nPercentile: formatNumber(n, false) }),
          values: without(series.values, limit, isRemoved),
        };
      });
    },
  };
}
