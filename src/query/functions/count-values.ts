import { refuse } from '../evaluation-refusal.js';
import { normalise } from '../normalise.js';
import { formatD, formatNumber } from '../python-format.js';
import { timeSeries } from '../time-series.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

/** How many series have each value: carbonapi's way to draw states. */
export const COUNT_VALUES: readonly FunctionDeclaration[] = [
  {
    name: 'countValues',
    group: 'Combine',
    description: 'A series for each different value, cut at the point: how many series have it.',
    params: [SERIES_LIST, { name: 'valuesLimit', type: 'integer', default: 32 }],
    evaluate: ({ nulls, xFilesFactor }, args) => {
      const all = args.series();
      if (all.length === 0) return [];
      const { series, startS, endS, stepS, length } = normalise(all);
      const limit = args.integer('valuesLimit');
      const table = nulls(limit * length).fill(0);
      const counts = new Map<number, Float64Array>();
      const countsOf = (value: number): Float64Array => {
        const start = counts.size * length;
        if (counts.size >= limit)
          refuse(`countValues: there are more than ${limit} different values (valuesLimit)`);
        const counted = table.subarray(start, start + length);
        counts.set(value, counted);
        return counted;
      };
      for (const { values } of series) {
        for (let i = 0; i < values.length; i++) {
          if (Number.isNaN(values[i])) continue;
          const value = Math.trunc(values[i]);
          const counted = counts.get(value) ?? countsOf(value);
          counted[i]++;
        }
      }
      return [...counts]
        .sort(([a], [b]) => a - b)
        .map(([value, values]) => {
          const name = Number.isFinite(value) ? formatD(value) : formatNumber(value, false);
          return timeSeries({ name, startS, endS, stepS, values }, name, xFilesFactor);
        });
    },
  },
];
