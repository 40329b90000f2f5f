import { formatNumber } from '../python-format.js';
import { timeSeries } from '../time-series.js';
import type { FunctionDeclaration } from './declaration.js';

/** Series that no metric is behind. */
export const SYNTHETIC: readonly FunctionDeclaration[] = [
  {
    name: 'constantLine',
    group: 'Special',
    description: 'A line at a value: three points.',
    params: [{ name: 'value', type: 'float', required: true }],
    evaluate: ({ window: { fromS, untilS } }, args) => {
      const value = args.number('value');
      const name = formatNumber(value, false);
      const stepS = Math.trunc((untilS - fromS) / 2);
      const values = Float64Array.of(value, value, value);
      return [
        timeSeries({ name, startS: fromS, endS: untilS, stepS, values }, `constantLine(${name})`),
      ];
    },
  },
];
