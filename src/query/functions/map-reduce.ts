import { quoted } from '../bad-request.js';
import { refuse } from '../evaluation-refusal.js';
import { groupSeries } from '../group-series.js';
import { nodesOf } from '../path-nodes.js';
import type { TimeSeries } from '../time-series.js';
import type { Arguments } from './arguments.js';
import type { CallContext, FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';
import { SeriesLists } from './value.js';

/** Lists of series by their nodes, and a function called with some of each list. */
export const MAP_REDUCE: readonly FunctionDeclaration[] = [
  {
    name: 'mapSeries',
    aliases: ['map'],
    group: 'Combine',
    description: 'A list for each group of series with the same nodes; for reduceSeries.',
    params: [SERIES_LIST, { name: 'mapNodes', type: 'nodeOrTag', required: true, multiple: true }],
    evaluate: (_context, args) => {
      const nodes = args.nodes('mapNodes');
      const groups = groupSeries(args.series(), (series) => nodesOf(series, nodes));
      return groups.size === 0 ? [] : new SeriesLists([...groups.values()]);
    },
  },
  {
    name: 'reduceSeries',
    aliases: ['reduce'],
    group: 'Combine',
    description: 'A function of the series of each list that have some texts at a position.',
    params: [
      { name: 'seriesLists', type: 'seriesLists', required: true },
      { name: 'reduceFunction', type: 'string', required: true },
      { name: 'reduceNode', type: 'node', required: true },
      { name: 'reduceMatchers', type: 'string', required: true, multiple: true },
    ],
    evaluate: (context, args) => {
      const reduceFunction = args.string('reduceFunction');
      const wanted = args.strings('reduceMatchers');
      return [...reducible(args, reduceFunction, wanted)].map(([name, series]) => ({
        ...reduced(context, reduceFunction, series, wanted),
        name,
      }));
    },
  },
];

/** By the name of the result, the series that it is made of, in the order of `wanted`. */
function reducible(
  args: Arguments,
  reduceFunction: string,
  wanted: readonly string[],
): Map<string, (TimeSeries | undefined)[]> {
  const node = args.wholeNumber('reduceNode');
  const found = new Map<string, (TimeSeries | undefined)[]>();
  for (const series of args.mapped('seriesLists')) {
    const nodes = series.name.split('.');
    const text = nodes.at(node);
    if (text === undefined)
      return refuse(`reduceSeries: ${quoted(series.name)} has no node ${node}`);
    const at = wanted.indexOf(text);
    if (at < 0) continue;
    const name = `${nodes.slice(0, node).join('.')}.reduce.${reduceFunction}`;
    const all = found.get(name) ?? wanted.map(() => undefined);
    all[at] = series;
    found.set(name, all);
  }
  return found;
}

function reduced(
  { call }: CallContext,
  reduceFunction: string,
  series: readonly (TimeSeries | undefined)[],
  wanted: readonly string[],
): TimeSeries {
  const values = series.map((one, i) => {
    if (one === undefined)
      return refuse(`reduceSeries: a list has no series for ${quoted(wanted[i])}`);
    return { type: 'series', series: [one] } as const;
  });
  const [result] = call(reduceFunction, values);
  return result ?? refuse(`reduceSeries: ${reduceFunction} gives no series`);
}
