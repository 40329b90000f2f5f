import type { FoldKind } from '../protocols/folded-block.js';
import { type Aggregation, aggregateKnown, builtInAggregation, isEnough } from './aggregation.js';
import type { Folded } from './fold.js';
import type { Normalised } from './normalise.js';
import type { TimeSeries } from './time-series.js';

/**
 * An aggregation that takes one series after the other into a row of results, so that thousands of series
 * are read once each, in the order in which they lie in memory. The order of additions is the reference's.
 */
interface Accumulation {
  /** What stands for a result before its first value. */
  readonly initial: number;
  /** Takes the series one after the other, and counts the values that each result has. */
  readonly take: (results: Float64Array, series: readonly Values[], counts: Uint32Array) => void;
  /** What is left to do when all series were taken; `total` is their number. */
  readonly finish?: (results: Float64Array, counts: Uint32Array, total: number) => void;
  /** What has to be made of the series for `finish`, where the order in which it is made may not count. */
  readonly fold?: FoldKind;
}

type Values = Pick<TimeSeries, 'values'>;

const ACCUMULATIONS: ReadonlyMap<Aggregation, Accumulation> = new Map([
  [builtInAggregation('sum'), { initial: 0, take: takeSums, fold: 'sum' }],
  [
    builtInAggregation('average'),
    { initial: 0, take: takeSums, finish: divideByCount, fold: 'sum' },
  ],
  [
    builtInAggregation('avg_zero'),
    { initial: 0, take: takeSums, finish: divideByTotal, fold: 'sum' },
  ],
  [builtInAggregation('count'), { initial: 0, take: each(takeNothing), finish: setToCount }],
  [builtInAggregation('diff'), { initial: 0, take: each(takeDifference) }],
  [builtInAggregation('first'), { initial: 0, take: each(takeFirst) }],
  [builtInAggregation('last'), { initial: 0, take: each(takeLast) }],
  [
    builtInAggregation('max'),
    { initial: Number.NEGATIVE_INFINITY, take: each(takeMaximum), fold: 'max' },
  ],
  [
    builtInAggregation('min'),
    { initial: Number.POSITIVE_INFINITY, take: each(takeMinimum), fold: 'min' },
  ],
  [builtInAggregation('multiply'), { initial: 1, take: each(takeProduct), finish: keepComplete }],
]);

/** One value for each row of values at the same position; a series that ended counts as null. */
export function aggregateRows(
  rows: Normalised,
  aggregate: Aggregation,
  xFilesFactor: number,
): Float64Array {
  const accumulation = ACCUMULATIONS.get(aggregate);
  if (accumulation === undefined)
    return mapRows(rows, (row) => aggregateKnown(aggregate, row, 0, row.length, xFilesFactor));
  return accumulateRows(rows, accumulation, xFilesFactor);
}

/** Doubles of the rows that are gathered at a time, and at least so many rows: a line of the processor's cache. */
const BLOCK_VALUES = 2 ** 18;
const BLOCK_ROWS_MIN = 8;

/**
 * A value for each row, which the next ones overwrite. Rows are gathered some at a time, so that each series is read in pieces:
 * one value of each of thousands would be a look into memory for every one.
 */
export function mapRows(
  { series, length }: Normalised,
  change: (row: Float64Array) => number,
): Float64Array {
  const result = new Float64Array(length);
  const width = series.length;
  const height = Math.min(length, Math.max(BLOCK_ROWS_MIN, Math.floor(BLOCK_VALUES / width)));
  const block = new Float64Array(width * height);
  for (let top = 0; top < length; top += height) {
    const rows = Math.min(height, length - top);
    for (let j = 0; j < width; j++) {
      const { values } = series[j];
      for (let i = 0, at = j; i < rows; i++, at += width)
        block[at] = top + i < values.length ? values[top + i] : Number.NaN;
    }
    for (let i = 0; i < rows; i++)
      result[top + i] = change(block.subarray(i * width, (i + 1) * width));
  }
  return result;
}

function accumulateRows(
  { series, length }: Normalised,
  { initial, take, finish }: Accumulation,
  xFilesFactor: number,
): Float64Array {
  const results = new Float64Array(length).fill(initial);
  const counts = new Uint32Array(length);
  take(results, series, counts);
  finish?.(results, counts, series.length);
  forgetFew(results, counts, series.length, xFilesFactor);
  return results;
}

/** Of what an aggregation may be made, other than of the series in their order. */
export function foldOf(aggregate: Aggregation): FoldKind | undefined {
  return ACCUMULATIONS.get(aggregate)?.fold;
}

/** What an aggregation makes of series that are made one, as `foldOf` says. */
export function finishedFold(
  { values, missing, count }: Folded,
  aggregate: Aggregation,
  xFilesFactor: number,
): Float64Array {
  const results = values.slice();
  const counts = missing.map((lacking) => count - lacking);
  ACCUMULATIONS.get(aggregate)?.finish?.(results, counts, count);
  forgetFew(results, counts, count, xFilesFactor);
  return results;
}

/** Null where too few series had a value. */
function forgetFew(
  results: Float64Array,
  counts: Uint32Array,
  total: number,
  xFilesFactor: number,
): void {
  for (let i = 0; i < results.length; i++)
    if (!isEnough(counts[i], total, xFilesFactor)) results[i] = Number.NaN;
}

/** Of one series after the other; `take` is told the values that each result had so far. */
function each(
  take: (results: Float64Array, values: Float64Array, counts: Uint32Array) => void,
): Accumulation['take'] {
  return (results, series, counts) => {
    for (const { values } of series) {
      take(results, values, counts);
      for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) counts[i]++;
    }
  };
}

/** Four series at a time, where they reach to the end: a sum is read and written once for them, and still added up in their order. */
function takeSums(results: Float64Array, series: readonly Values[], counts: Uint32Array): void {
  const { length } = results;
  for (let j = 0; j < series.length; ) {
    const isWhole =
      j + 4 <= series.length &&
      series.slice(j, j + 4).every(({ values }) => values.length === length);
    if (isWhole) {
      const [a, b, c, d] = [
        series[j].values,
        series[j + 1].values,
        series[j + 2].values,
        series[j + 3].values,
      ];
      takeFourSums(results, a, b, c, d, counts);
      j += 4;
    } else takeSum(results, series[j++].values, counts);
  }
}

function takeFourSums(
  results: Float64Array,
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  d: Float64Array,
  counts: Uint32Array,
): void {
  for (let i = 0; i < results.length; i++) {
    const sum = results[i] + a[i] + b[i] + c[i] + d[i];
    if (Number.isNaN(sum)) takeRow(results, i, [a[i], b[i], c[i], d[i]], counts);
    else {
      results[i] = sum;
      counts[i] += 4;
    }
  }
}

/** Of a row in which something is missing, or the sum of which is no number. */
function takeRow(results: Float64Array, i: number, row: number[], counts: Uint32Array): void {
  for (const value of row) {
    if (Number.isNaN(value)) continue;
    results[i] += value;
    counts[i]++;
  }
}

function takeSum(results: Float64Array, values: Float64Array, counts: Uint32Array): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    results[i] += values[i];
    counts[i]++;
  }
}

function takeDifference(results: Float64Array, values: Float64Array, counts: Uint32Array): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    results[i] = counts[i] === 0 ? values[i] : results[i] - values[i];
  }
}

function takeFirst(results: Float64Array, values: Float64Array, counts: Uint32Array): void {
  for (let i = 0; i < values.length; i++) if (counts[i] === 0) results[i] = values[i];
}

function takeLast(results: Float64Array, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) results[i] = values[i];
}

function takeMaximum(results: Float64Array, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) if (values[i] > results[i]) results[i] = values[i];
}

function takeMinimum(results: Float64Array, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) if (values[i] < results[i]) results[i] = values[i];
}

function takeProduct(results: Float64Array, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) results[i] *= values[i];
}

function takeNothing(): void {}

function divideByCount(results: Float64Array, counts: Uint32Array): void {
  for (let i = 0; i < results.length; i++) results[i] /= counts[i];
}

function divideByTotal(results: Float64Array, _counts: Uint32Array, total: number): void {
  for (let i = 0; i < results.length; i++) results[i] /= total;
}

function setToCount(results: Float64Array, counts: Uint32Array): void {
  results.set(counts);
}

/** Null where a value was missing. */
function keepComplete(results: Float64Array, counts: Uint32Array, total: number): void {
  for (let i = 0; i < results.length; i++) if (counts[i] < total) results[i] = Number.NaN;
}
