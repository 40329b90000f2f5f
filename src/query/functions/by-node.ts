import { parseSeries } from '../../protocols/tags.js';
import { AGGREGATION_NAMES, builtInAggregation } from '../aggregation.js';
import { quoted } from '../bad-request.js';
import { type Combination, combineSeries } from '../combine-series.js';
import { refuse } from '../evaluation-refusal.js';
import { groupSeries } from '../group-series.js';
import { nodesOf } from '../path-nodes.js';
import type { TimeSeries } from '../time-series.js';
import type { Arguments } from './arguments.js';
import type { CallContext, FunctionDeclaration } from './declaration.js';
import { AGGREGATION, type Parameter, SERIES_LIST } from './parameter.js';

/** The functions that graphite-web takes for aggregations where it groups. */
const AGGREGATING_FUNCTIONS: readonly string[] = [
  'asPercent',
  'averageSeries',
  'averageSeriesWithWildcards',
  'countSeries',
  'diffSeries',
  'diffSeriesLists',
  'maxSeries',
  'minSeries',
  'multiplySeries',
  'multiplySeriesLists',
  'multiplySeriesWithWildcards',
  'pct',
  'powSeries',
  'rangeOfSeries',
  'stddevSeries',
  'sumSeries',
  'sumSeriesLists',
  'sumSeriesWithWildcards',
];
const CALLBACK = {
  name: 'callback',
  type: 'aggOrSeriesFunc',
  options: [...AGGREGATION_NAMES, ...AGGREGATING_FUNCTIONS].sort(),
} as const satisfies Parameter;
/** Of groups of one series each, of which the aggregation has as little at a time. */
const WORK_PER_POINT = 3;

const POSITION = { name: 'position', type: 'node', multiple: true } as const satisfies Parameter;

/** One series for each group of those that have parts of their names, or tags, in common. */
export const BY_NODE: readonly FunctionDeclaration[] = [
  {
    name: 'groupByNode',
    group: 'Combine',
    workPerPoint: WORK_PER_POINT,
    description: 'Series with the same part of the name, combined.',
    params: [
      SERIES_LIST,
      { name: 'nodeNum', type: 'nodeOrTag', required: true },
      { ...CALLBACK, default: 'average' },
    ],
    evaluate: (context, args) => byNodes(context, args, args.nodes('nodeNum')),
  },
  {
    name: 'groupByNodes',
    group: 'Combine',
    workPerPoint: WORK_PER_POINT,
    description: 'Series with the same parts of the name, combined.',
    params: [
      SERIES_LIST,
      { ...CALLBACK, required: true },
      { name: 'nodes', type: 'nodeOrTag', multiple: true },
    ],
    evaluate: (context, args) => byNodes(context, args, args.nodes()),
  },
  {
    name: 'groupByTags',
    group: 'Combine',
    workPerPoint: WORK_PER_POINT,
    description: 'Series with the same values of some tags, combined.',
    params: [
      SERIES_LIST,
      { ...CALLBACK, required: true },
      { name: 'tags', type: 'tag', required: true, multiple: true },
    ],
    evaluate: byTags,
  },
  {
    name: 'aggregateWithWildcards',
    group: 'Combine',
    description: 'Series whose names differ at some positions alone, combined.',
    params: [SERIES_LIST, AGGREGATION, { ...POSITION, keyword: 'positions' }],
    evaluate: ({ xFilesFactor }, args) =>
      withWildcards(args, { ...args.rowAggregation(), xFilesFactor }),
  },
  combiningWithWildcards('averageSeriesWithWildcards', 'average'),
  combiningWithWildcards('multiplySeriesWithWildcards', 'multiply'),
  combiningWithWildcards('sumSeriesWithWildcards', 'sum'),
  {
    name: 'applyByNode',
    group: 'Combine',
    description: 'A target for each different beginning of the names; % stands for it.',
    params: [
      SERIES_LIST,
      { name: 'nodeNum', type: 'node', required: true },
      { name: 'templateFunction', type: 'string', required: true },
      { name: 'newName', type: 'string' },
    ],
    evaluate: applyByNode,
  },
];

function byNodes(
  context: CallContext,
  args: Arguments,
  nodes: readonly (number | string)[],
): TimeSeries[] {
  const callback = args.string('callback');
  const groups = groupSeries(args.series(), (series) => nodesOf(series, nodes));
  return [...groups].map(([name, group]) => ({ ...combined(context, callback, group), name }));
}

/** What the function makes of a group: the first series, if that is several. */
function combined(
  { call, name }: CallContext,
  callback: string,
  group: readonly TimeSeries[],
): TimeSeries {
  const [series] = call(callback, [{ type: 'series', series: group }]);
  return series ?? refuse(`${name}: ${callback} gives no series for a group`);
}

function byTags(context: CallContext, args: Arguments): TimeSeries[] {
  const [all, tags, callback] = [args.series(), args.strings('tags'), args.string('callback')];
  if (tags.length === 0) refuse('groupByTags: no tags are given');
  const names = new Set(all.map(metricOf));
  const [common] = names.size === 1 ? names : [callback];
  const groups = groupSeries(all, (series) => {
    const name = tags.includes('name') ? metricOf(series) : common;
    const values = tags
      .filter((tag) => tag !== 'name')
      .map((tag) => `${tag}=${series.tags.get(tag) ?? ''}`);
    return [name, ...values.sort()].join(';');
  });
  return [...groups].map(([name, group]) => {
    const parsed = parseSeries(name);
    if (parsed === undefined)
      return refuse(`groupByTags: ${quoted(name)} is no name: a series lacks one of the tags`);
    const one = combined(context, callback, group);
    return { ...one, name, pathExpression: name, tags: parsed.tags };
  });
}

function metricOf(series: TimeSeries): string {
  return series.tags.get('name') ?? '';
}

function combiningWithWildcards(name: string, by: string): FunctionDeclaration {
  const aggregate = builtInAggregation(by);
  return {
    name,
    group: 'Combine',
    description: `As ${by}, of series whose names differ at some positions alone.`,
    params: [SERIES_LIST, POSITION],
    evaluate: ({ xFilesFactor }, args) => withWildcards(args, { by, aggregate, xFilesFactor }),
  };
}

/** Positions are counted from 0; what is no position of a name leaves nothing out. */
function withWildcards(args: Arguments, combination: Combination): TimeSeries[] {
  const positions = new Set(args.nodes('position'));
  const groups = groupSeries(args.series(), ({ name }) =>
    name
      .split('.')
      .filter((_, i) => !positions.has(i))
      .join('.'),
  );
  return [...groups].flatMap(([name, group]) =>
    combineSeries(group, combination).map((one) => ({ ...one, name })),
  );
}

function applyByNode({ targets, window }: CallContext, args: Arguments): TimeSeries[] {
  const [all, node] = [args.series(), args.wholeNumber('nodeNum')];
  const last = all.at(-1);
  if (last === undefined) return [];
  const template = args.string('templateFunction');
  const newName = args.has('newName') ? args.string('newName') : '';
  const prefixes = [...new Set(all.map(({ name }) => prefixOf(name, node)))].sort();
  const put = (text: string, prefix: string): string => text.replaceAll('%', () => prefix);
  const texts = prefixes.map((prefix) => put(template, prefix));
  return targets(texts, window).flatMap((results, i) =>
    results.map((series) => ({
      ...series,
      name: newName === '' ? series.name : put(newName, prefixes[i]),
      pathExpression: prefixes[i],
      startS: last.startS,
      endS: last.endS,
    })),
  );
}

/** The name up to and with a position; as graphite-web's head it refuses one that the name lacks. */
function prefixOf(name: string, node: number): string {
  const parts = name.split('.');
  if (node >= parts.length) refuse(`applyByNode: ${quoted(name)} has no node ${node}`);
  const end = node + 1;
  return parts.slice(0, end).join('.');
}
