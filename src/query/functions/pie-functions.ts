import type { FunctionInfo } from './function-table.js';

const DESCRIPTIONS = {
  average: 'The average of a series, as the size of its slice.',
  maximum: 'The largest value of a series, as the size of its slice.',
  minimum: 'The smallest value of a series, as the size of its slice.',
};

/** What `/functions?type=pie` tells: how a pie sizes its slices. */
export const PIE_FUNCTIONS: ReadonlyMap<string, FunctionInfo> = new Map(
  Object.entries(DESCRIPTIONS).map(([name, description]) => [
    name,
    {
      name,
      function: `${name}(series)`,
      description,
      module: 'graphite.render.functions',
      group: 'Pie',
      params: [{ name: 'series', type: 'series', required: true }],
    },
  ]),
);
