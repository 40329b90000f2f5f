import { aggregateRows } from '../aggregate-rows.js';
import { builtInAggregation } from '../aggregation.js';
import { pathExpressions } from '../combine-series.js';
import { refuse } from '../evaluation-refusal.js';
import { groupSeries } from '../group-series.js';
import { type Normalised, normalise } from '../normalise.js';
import { pairSeries, pairValues, quotient } from '../pair-series.js';
import { nodesOf } from '../path-nodes.js';
import { type TimeSeries, timeSeries } from '../time-series.js';
import type { Arguments } from './arguments.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

/** When points are. */
type Times = Pick<Normalised, 'startS' | 'endS' | 'stepS'>;

/** Series as parts of what they are together, or of others. */
export const PERCENT: readonly FunctionDeclaration[] = [
  {
    name: 'asPercent',
    aliases: ['pct'],
    group: 'Combine',
    description:
      'Per cent of the sum of all, of a number, or of other series; with nodes, of those that share them.',
    params: [
      SERIES_LIST,
      { name: 'total', type: 'any' },
      { name: 'nodes', type: 'nodeOrTag', multiple: true },
    ],
    evaluate: ({ xFilesFactor }, args) => {
      const all = args.series();
      if (all.length === 0) return [];
      const nodes = args.nodes();
      const isSeries = args.value('total').type === 'series';
      const totals = isSeries ? args.series('total') : undefined;
      if (nodes.length > 0) {
        if (!isSeries && args.has('total')) refuse('asPercent: with nodes, total must be series');
        return byNodes(all, totals, nodes, xFilesFactor);
      }
      if (totals !== undefined) return ofSeries(all, totals, xFilesFactor);
      return args.has('total') ? ofNumber(all, args, xFilesFactor) : ofSum(all, xFilesFactor);
    },
  },
];

function ofSum(all: readonly TimeSeries[], xFilesFactor: number): TimeSeries[] {
  const rows = normalise(all);
  return ofTotal(all, rows.series, sumOf(rows), `sumSeries(${pathExpressions(all)})`, xFilesFactor);
}

function ofNumber(all: readonly TimeSeries[], args: Arguments, xFilesFactor: number): TimeSeries[] {
  if (args.value('total').type === 'string') refuse('asPercent: total is a text');
  const totals = new Float64Array(all[0].values.length).fill(args.number('total'));
  return ofTotal(all, normalise(all).series, totals, args.text('total'), xFilesFactor);
}

function ofSeries(
  all: readonly TimeSeries[],
  totals: readonly TimeSeries[],
  xFilesFactor: number,
): TimeSeries[] {
  if (totals.length === all.length) {
    const sortedTotals = sortedByName(totals);
    return sortedByName(all).map((one, i) => ofOther(one, sortedTotals[i], xFilesFactor));
  }
  const [total, ...others] = totals;
  if (total === undefined || others.length > 0)
    refuse(
      `asPercent: total is ${totals.length} series, and must be one, or as many as seriesList (${all.length})`,
    );
  const { series } = normalise([...all, total]);
  return ofTotal(all, series, series[all.length].values, total.name, xFilesFactor);
}

/**
 * Brought to the step of all, but with the times of the series themselves, as the reference has it.
 *
 * @param rows the values of `all`, brought to one step
 */
function ofTotal(
  all: readonly TimeSeries[],
  rows: readonly TimeSeries[],
  totals: Float64Array,
  totalName: string,
  xFilesFactor: number,
): TimeSeries[] {
  return all.map((series, i) => {
    const name = `asPercent(${series.name},${totalName})`;
    const values = pairValues(rows[i].values, totals, percent);
    return timeSeries({ ...series, name, values }, name, xFilesFactor);
  });
}

function ofOther(series: TimeSeries, total: TimeSeries, xFilesFactor: number): TimeSeries {
  const name = `asPercent(${series.name},${total.name})`;
  return pairSeries(series, total, name, xFilesFactor, percent);
}

/**
 * Series as parts of the totals that have the same nodes.
 *
 * @param others what to add up for the totals; undefined for the series themselves
 */
function byNodes(
  all: readonly TimeSeries[],
  others: readonly TimeSeries[] | undefined,
  nodes: readonly (number | string)[],
  xFilesFactor: number,
): TimeSeries[] {
  const keyOf = (series: TimeSeries) => nodesOf(series, nodes);
  const groups = groupSeries(all, keyOf);
  const totals = new Map<string, TimeSeries>();
  // Series without a partner have the times of what was calculated before them, as in the reference.
  let times: Times | undefined;
  for (const [key, group] of others === undefined ? groups : groupSeries(others, keyOf)) {
    const total = totalOf(group, xFilesFactor);
    if (group.length > 1) times = total;
    totals.set(key, total);
  }
  const lengths = new Map(normalise(all).series.map(({ values }, i) => [all[i], values.length]));
  const nulls = (name: string, length: number): TimeSeries => {
    if (times === undefined) return refuse(`${name}: nothing with the same nodes is there`);
    const values = new Float64Array(length).fill(Number.NaN);
    return timeSeries({ ...times, name, values }, name, xFilesFactor);
  };
  const results: TimeSeries[] = [];
  for (const key of new Set([...groups.keys(), ...totals.keys()])) {
    const total = totals.get(key);
    if (!groups.has(key) && total !== undefined)
      results.push(nulls(`asPercent(MISSING,${total.name})`, total.values.length));
    for (const series of groups.get(key) ?? []) {
      const result =
        total === undefined
          ? nulls(`asPercent(${series.name},MISSING)`, lengths.get(series) ?? 0)
          : ofOther(series, total, xFilesFactor);
      times = result;
      results.push(result);
    }
  }
  return results;
}

/** The sum of a group; one series alone is it itself. */
function totalOf(group: readonly TimeSeries[], xFilesFactor: number): TimeSeries {
  if (group.length === 1) return group[0];
  const rows = normalise(group);
  const { startS, endS, stepS } = rows;
  const name = `sumSeries(${pathExpressions(group)})`;
  return timeSeries({ name, startS, endS, stepS, values: sumOf(rows) }, name, xFilesFactor);
}

function sumOf(rows: Normalised): Float64Array {
  return aggregateRows(rows, builtInAggregation('sum'), 0);
}

function sortedByName(all: readonly TimeSeries[]): TimeSeries[] {
  return [...all].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function percent(value: number, total: number): number {
  return quotient(value, total) * 100;
}
