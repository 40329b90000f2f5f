import { builtInAggregation } from '../aggregation.js';
import { formatNumber } from '../python-format.js';
import { mapValues, named, withTags } from '../time-series.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

/** Values seen from the least and the most of their series. */
export const RANGES: readonly FunctionDeclaration[] = [
  {
    name: 'offsetToZero',
    group: 'Transform',
    description: 'Values less the least of them.',
    params: [SERIES_LIST],
    evaluate: (_context, args) =>
      args.series().map((series) => {
        const [least] = rangeOf(series.values);
        const shown = Number.isNaN(least) ? 'None' : formatNumber(least, false);
        return {
          ...named(series, `offsetToZero(${series.name})`),
          tags: withTags(series.tags, { offsetToZero: shown }),
          values: mapValues(series.values, (value) => value - least),
        };
      }),
  },
  {
    name: 'minMax',
    group: 'Transform',
    description: 'Where values lie between the least, as 0, and the most of them, as 1.',
    params: [SERIES_LIST],
    evaluate: (_context, args) =>
      args.series().map((series) => {
        const [least, most] = rangeOf(series.values);
        const size = most - least;
        return {
          ...named(series, `minMax(${series.name})`),
          values: mapValues(series.values, (value) => (size === 0 ? 0 : (value - least) / size)),
        };
      }),
  },
];

function rangeOf(values: Float64Array): [least: number, most: number] {
  const [least, most] = ['min', 'max'].map(builtInAggregation);
  return [least(values, 0, values.length), most(values, 0, values.length)];
}
