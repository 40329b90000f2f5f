import { aggregation } from '../aggregation.js';
import { quoted } from '../bad-request.js';
import { refuse } from '../evaluation-refusal.js';
import { formatNumber } from '../python-format.js';
import { named, type TimeSeries, withTags } from '../time-series.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

const CONSOLIDATIONS = ['average', 'avg', 'avg_zero', 'first', 'last', 'max', 'min', 'sum'];

/** What is said of series for what comes later, and what stands in for them. */
export const SPECIAL: readonly FunctionDeclaration[] = [
  {
    name: 'changed',
    group: 'Special',
    description: '1 where the value is another than the last known one, else 0.',
    params: [SERIES_LIST],
    evaluate: (_context, args) =>
      args.series().map((series) => ({
        ...named(series, `changed(${series.name})`),
        values: changes(series.values),
      })),
  },
  {
    name: 'consolidateBy',
    group: 'Special',
    description: 'The aggregation that makes one point of several, where there is no room for all.',
    params: [
      SERIES_LIST,
      { name: 'consolidationFunc', type: 'string', required: true, options: CONSOLIDATIONS },
    ],
    evaluate: (_context, args) => consolidatedBy(args.series(), args.string('consolidationFunc')),
  },
  {
    name: 'cumulative',
    group: 'Special',
    description: "As `consolidateBy` with 'sum'.",
    params: [SERIES_LIST],
    evaluate: (_context, args) => consolidatedBy(args.series(), 'sum'),
  },
  {
    name: 'fallbackSeries',
    group: 'Special',
    description: 'The series, or others where there are none.',
    params: [SERIES_LIST, { name: 'fallback', type: 'seriesList', required: true }],
    evaluate: (_context, args) => {
      const all = args.series();
      return all.length > 0 ? all : args.series('fallback');
    },
  },
  {
    name: 'setXFilesFactor',
    aliases: ['xFilesFactor'],
    group: 'Special',
    description: 'The share of values that must be known, 0 to 1, where several become one.',
    params: [SERIES_LIST, { name: 'xFilesFactor', type: 'float', required: true }],
    evaluate: (_context, args) => {
      const xFilesFactor = args.number('xFilesFactor');
      const shown = formatNumber(xFilesFactor, false);
      return args.series().map((series) => ({
        ...series,
        xFilesFactor,
        isFactorItsOwn: false,
        tags: withTags(series.tags, { xFilesFactor: shown }),
      }));
    },
  },
  {
    name: 'graphiteWeb',
    group: 'Fallback',
    description: 'Not supported: all functions are computed here.',
    params: [SERIES_LIST],
    evaluate: () =>
      refuse('graphiteWeb is not supported: no graphite-web is asked, all functions are here'),
  },
];

/** As many points can become one only by an aggregation that graphite, or carbonapi, takes for that. */
function consolidatedBy(all: readonly TimeSeries[], by: string): TimeSeries[] {
  const isPercentile = /^p\d/.test(by) && aggregation(by) !== undefined;
  if (!CONSOLIDATIONS.includes(by) && !isPercentile)
    refuse(`consolidateBy: ${quoted(by)} is none of ${CONSOLIDATIONS.join(', ')}`);
  return all.map((series) => ({
    ...named(series, `consolidateBy(${series.name},"${by}")`),
    consolidateBy: by,
    tags: withTags(series.tags, { consolidateBy: by }),
  }));
}

function changes(values: Float64Array): Float64Array {
  let previous = Number.NaN;
  return values.map((value) => {
    if (Number.isNaN(value) || value === previous) return 0;
    const isFirst = Number.isNaN(previous);
    previous = value;
    return isFirst ? 0 : 1;
  });
}
