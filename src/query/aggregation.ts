import { assert } from '../assert.js';
import { knownInto, leastBehind, selected } from './selection.js';

/** One value from `values[start]` to `values[end - 1]`; NaN stands for null, also as the result. */
export type Aggregation = (values: Float64Array, start: number, end: number) => number;

/**
 * Graphite's aggregations, by the names that its functions take (`aggFunc`). All but `avg_zero` leave out
 * nulls, and give null where nothing is left.
 */
const AGGREGATIONS: ReadonlyMap<string, Aggregation> = new Map([
  ['average', average],
  ['avg', average],
  ['avg_zero', averageWithZeros],
  ['count', count],
  ['current', last],
  ['diff', difference],
  ['first', first],
  ['last', last],
  ['max', maximum],
  ['median', median],
  ['min', minimum],
  ['multiply', product],
  ['range', range],
  ['rangeOf', range],
  ['stddev', standardDeviation],
  ['sum', sum],
  ['total', sum],
  ['var', variance],
]);

const OF_CARBONAPI_ALONE: readonly string[] = ['first', 'var'];

/** carbonapi's aggregations by percentiles: `p50`, `p99.9`. */
const PERCENTILE = /^p(\d{1,3}(?:\.\d+)?)$/;

/** The `aggFunc` names as the table of functions lists them. */
export const AGGREGATION_NAMES: readonly string[] = [...AGGREGATIONS.keys()].filter(
  (name) => !OF_CARBONAPI_ALONE.includes(name),
);

/** The aggregation of a name, or undefined: the one who asks knows which argument to blame. */
export function aggregation(name: string): Aggregation | undefined {
  return AGGREGATIONS.get(name) ?? percentileAggregation(name);
}

/** As `aggregation`, of those that combine series too: percentiles are of the values of one series alone. */
export function rowAggregation(name: string): Aggregation | undefined {
  return AGGREGATIONS.get(name);
}

/** An aggregation that there is. */
export function builtInAggregation(name: string): Aggregation {
  const known = AGGREGATIONS.get(name);
  assert(known !== undefined, `there is an aggregation ${name}`);
  return known;
}

/** The xFilesFactor rule: something is known, and enough of it. */
export function isEnough(known: number, total: number, xFilesFactor: number): boolean {
  return known > 0 && known / total >= xFilesFactor;
}

/** The number of values that are not null. */
export function countKnown(values: Float64Array, start = 0, end = values.length): number {
  let known = 0;
  for (let i = start; i < end; i++) if (!Number.isNaN(values[i])) known++;
  return known;
}

/** `aggregate` of a part of the values if enough of it is known, else null. */
export function aggregateKnown(
  aggregate: Aggregation,
  values: Float64Array,
  start: number,
  end: number,
  xFilesFactor: number,
): number {
  const known = countKnown(values, start, end);
  return isEnough(known, end - start, xFilesFactor) ? aggregate(values, start, end) : Number.NaN;
}

/** The values that are not null, sorted. */
export function sortedKnown(values: Float64Array, start = 0, end = values.length): Float64Array {
  return values
    .slice(start, end)
    .filter((value) => !Number.isNaN(value))
    .sort();
}

function sum(values: Float64Array, start: number, end: number): number {
  let total = 0;
  let known = 0;
  for (let i = start; i < end; i++) {
    if (Number.isNaN(values[i])) continue;
    // What was NaN on the way (infinite values of both signs) stays so: it is no null.
    total += values[i];
    known++;
  }
  return known === 0 ? Number.NaN : total;
}

function average(values: Float64Array, start: number, end: number): number {
  return sum(values, start, end) / countKnown(values, start, end);
}

function averageWithZeros(values: Float64Array, start: number, end: number): number {
  if (end === start) return Number.NaN;
  return countKnown(values, start, end) === 0 ? 0 : sum(values, start, end) / (end - start);
}

function count(values: Float64Array, start: number, end: number): number {
  return countKnown(values, start, end);
}

function first(values: Float64Array, start: number, end: number): number {
  for (let i = start; i < end; i++) if (!Number.isNaN(values[i])) return values[i];
  return Number.NaN;
}

function last(values: Float64Array, start: number, end: number): number {
  for (let i = end - 1; i >= start; i--) if (!Number.isNaN(values[i])) return values[i];
  return Number.NaN;
}

/** The first known value, less all others. */
function difference(values: Float64Array, start: number, end: number): number {
  let left = 0;
  let known = 0;
  for (let i = start; i < end; i++) {
    if (Number.isNaN(values[i])) continue;
    left = known++ === 0 ? values[i] : left - values[i];
  }
  return known === 0 ? Number.NaN : left;
}

function maximum(values: Float64Array, start: number, end: number): number {
  let most = Number.NaN;
  for (let i = start; i < end; i++) if (values[i] > most || Number.isNaN(most)) most = values[i];
  return most;
}

function minimum(values: Float64Array, start: number, end: number): number {
  let least = Number.NaN;
  for (let i = start; i < end; i++) if (values[i] < least || Number.isNaN(least)) least = values[i];
  return least;
}

function median(values: Float64Array, start: number, end: number): number {
  const known = new Float64Array(end - start);
  const count = knownInto(known, values, start, end);
  if (count === 0) return Number.NaN;
  const before = (count - 1) >> 1;
  const middle = selected(known, count, before);
  return count % 2 === 1 ? middle : (middle + leastBehind(known, count, before)) / 2;
}

/** Null if any value is. */
function product(values: Float64Array, start: number, end: number): number {
  let result = 1;
  for (let i = start; i < end; i++) result *= values[i];
  return end === start ? Number.NaN : result;
}

function range(values: Float64Array, start: number, end: number): number {
  return maximum(values, start, end) - minimum(values, start, end);
}

/** Of all values, not of a sample. */
function variance(values: Float64Array, start: number, end: number): number {
  const mean = average(values, start, end);
  let squares = 0;
  for (let i = start; i < end; i++)
    if (!Number.isNaN(values[i])) squares += (values[i] - mean) ** 2;
  return squares / countKnown(values, start, end);
}

function standardDeviation(values: Float64Array, start: number, end: number): number {
  return Math.sqrt(variance(values, start, end));
}

function percentileAggregation(name: string): Aggregation | undefined {
  const percent = percentOf(name);
  if (percent === undefined) return undefined;
  return (values, start, end) => {
    const known = new Float64Array(end - start);
    const count = knownInto(known, values, start, end);
    return quantile(percent, count, (place) => selected(known, count, place));
  };
}

/** The per cent of an aggregation that is a percentile. */
export function percentOf(name: string): number | undefined {
  const percent = Number(PERCENTILE.exec(name)?.[1]);
  return percent <= 100 ? percent : undefined;
}

/**
 * A percentile as carbonapi counts it: the first value is the 0th, the last the 100th, others lie between.
 *
 * @param at the value at a place of the `count` sorted ones
 */
export function quantile(percent: number, count: number, at: (place: number) => number): number {
  if (count === 0) return Number.NaN;
  const rank = ((count - 1) * percent) / 100;
  const below = Math.floor(rank);
  const part = rank - below;
  return part === 0 ? at(below) : at(below + 1) * part + at(below) * (1 - part);
}
