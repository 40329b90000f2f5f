import {
  type Aggregation,
  builtInAggregation,
  countKnown,
  percentOf,
  quantile,
} from './aggregation.js';
import { OrderStatistics } from './order-statistics.js';

/**
 * An aggregation of each window of `width` values, one for each value that ends a window, so that there are
 * `values.length - width + 1`. Nulls are left out; a window without values gives null. All take a time that
 * does not grow with the width.
 *
 * @param width 1 or more, at most `values.length`
 */
export type MovingAggregation = (values: Float64Array, width: number) => Float64Array;

/** By the names of aggregations, but for percentiles. Unlike these, none takes null for a value: windows are freed of nulls first. */
const MOVING: ReadonlyMap<string, MovingAggregation> = new Map([
  ['average', average],
  ['avg', average],
  ['avg_zero', average],
  ['count', count],
  ['current', last],
  ['diff', difference],
  ['first', first],
  ['last', last],
  ['max', folding(Math.max)],
  ['median', percentiles(50)],
  ['min', folding(Math.min)],
  ['multiply', folding((a, b) => a * b)],
  ['range', range],
  ['rangeOf', range],
  ['stddev', (values, width) => variance(values, width).map(Math.sqrt)],
  ['sum', sums],
  ['total', sums],
  ['var', variance],
]);

/** Up to this width each window is added up by itself, from its first value on: rounding is that of Python's `sum`. */
const NARROW_MAX = 16;
const ROUNDED: readonly string[] = ['average', 'avg', 'diff', 'stddev', 'sum', 'total', 'var'];

export function movingAggregation(name: string): MovingAggregation | undefined {
  const percent = percentOf(name);
  const moving = percent === undefined ? MOVING.get(name) : percentiles(percent);
  if (moving === undefined || !ROUNDED.includes(name)) return moving;
  const aggregate = builtInAggregation(name);
  return (values, width) =>
    width <= NARROW_MAX ? eachWindow(aggregate, values, width) : moving(values, width);
}

function eachWindow(aggregate: Aggregation, values: Float64Array, width: number): Float64Array {
  const result = new Float64Array(values.length - width + 1);
  for (let i = 0; i < result.length; i++) result[i] = aggregate(values, i, i + width);
  return result;
}

/** The number of values that are not null in each window. */
export function movingCount(values: Float64Array, width: number): Float64Array {
  const counts = new Float64Array(values.length - width + 1);
  let known = countKnown(values, 0, width);
  for (let i = 0; ; i++) {
    counts[i] = known;
    if (i + 1 === counts.length) return counts;
    if (!Number.isNaN(values[i])) known--;
    if (!Number.isNaN(values[i + width])) known++;
  }
}

function plus(a: number, b: number): number {
  return a + b;
}

/** `fold` of two values, or of the one that is not null. */
function folded(fold: (a: number, b: number) => number, a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  return Number.isNaN(b) ? a : fold(a, b);
}

/**
 * Of an operation that may be applied in any grouping: each window is the end of one block of `width` values
 * and the start of the next, for which there are folds from each value on and up to each (van Herk). Nothing
 * is ever taken off again, so that a large value does not spoil what comes after it.
 */
function folding(fold: (a: number, b: number) => number): MovingAggregation {
  return (values, width) => {
    const upTo = foldsUpTo(fold, values, width);
    const from = foldsFrom(fold, values, width);
    const result = new Float64Array(values.length - width + 1);
    for (let i = 0; i < result.length; i++) {
      const end = i + width - 1;
      result[i] = i % width === 0 ? upTo[end] : folded(fold, from[i], upTo[end]);
    }
    return result;
  };
}

function foldsUpTo(
  fold: (a: number, b: number) => number,
  values: Float64Array,
  width: number,
): Float64Array {
  const folds = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++)
    folds[i] = i % width === 0 ? values[i] : folded(fold, folds[i - 1], values[i]);
  return folds;
}

function foldsFrom(
  fold: (a: number, b: number) => number,
  values: Float64Array,
  width: number,
): Float64Array {
  const folds = new Float64Array(values.length);
  for (let i = values.length - 1; i >= 0; i--) {
    const isLast = i % width === width - 1 || i === values.length - 1;
    folds[i] = isLast ? values[i] : folded(fold, values[i], folds[i + 1]);
  }
  return folds;
}

/** Infinite values are counted: in a fold, what infinite values of both signs give would pass for null. */
function sums(values: Float64Array, width: number): Float64Array {
  const isInfinite = (value: number): boolean => Math.abs(value) === Number.POSITIVE_INFINITY;
  if (!values.some(isInfinite)) return folding(plus)(values, width);
  const countOf = (wanted: number): Float64Array =>
    movingCount(
      values.map((value) => (value === wanted ? wanted : Number.NaN)),
      width,
    );
  const [above, below] = [countOf(Number.POSITIVE_INFINITY), countOf(Number.NEGATIVE_INFINITY)];
  const finite = values.map((value) => (isInfinite(value) ? 0 : value));
  return folding(plus)(finite, width).map((sum, i) => {
    if (above[i] > 0 && below[i] > 0) return Number.NaN;
    return (
      sum +
      (above[i] > 0 ? Number.POSITIVE_INFINITY : 0) -
      (below[i] > 0 ? Number.POSITIVE_INFINITY : 0)
    );
  });
}

function average(values: Float64Array, width: number): Float64Array {
  const counts = movingCount(values, width);
  return sums(values, width).map((sum, i) => sum / counts[i]);
}

function count(values: Float64Array, width: number): Float64Array {
  return movingCount(values, width).map((known) => (known === 0 ? Number.NaN : known));
}

function range(values: Float64Array, width: number): Float64Array {
  const least = folding(Math.min)(values, width);
  return folding(Math.max)(values, width).map((most, i) => most - least[i]);
}

function first(values: Float64Array, width: number): Float64Array {
  return folding((a) => a)(values, width);
}

function last(values: Float64Array, width: number): Float64Array {
  return folding((_a, b) => b)(values, width);
}

/** The first value of a window, less all others. */
function difference(values: Float64Array, width: number): Float64Array {
  const firsts = first(values, width);
  return sums(values, width).map((sum, i) => firsts[i] - (sum - firsts[i]));
}

/** carbonapi's percentiles; the 50th is the median. */
function percentiles(percent: number): MovingAggregation {
  return (values, width) => {
    const inWindow = new OrderStatistics(values);
    const at = (place: number) => inWindow.at(place);
    const result = new Float64Array(values.length - width + 1);
    for (let end = 0; end < values.length; end++) {
      if (!Number.isNaN(values[end])) inWindow.add(end);
      const start = end - width + 1;
      if (start < 0) continue;
      result[start] = quantile(percent, inWindow.size, at);
      if (!Number.isNaN(values[start])) inWindow.remove(start);
    }
    return result;
  };
}

/** Count, mean and sum of the squares of what is off the mean, of values from a first to each. */
interface Moments {
  readonly counts: Float64Array;
  readonly means: Float64Array;
  readonly squares: Float64Array;
}

/** Of a population, as in `folding`: the moments of two blocks make those of both (Chan, Golub and LeVeque). */
function variance(values: Float64Array, width: number): Float64Array {
  const upTo = momentsOf(values, (i) => i % width === 0);
  const reversed = momentsOf(values.slice().reverse(), (i) => (values.length - i) % width === 0);
  return new Float64Array(values.length - width + 1).map((_, i) => {
    const end = i + width - 1;
    if (i % width === 0) return quotient(upTo.counts[end], upTo.squares[end]);
    const from = values.length - 1 - i;
    const [n, m] = [upTo.counts[end], reversed.counts[from]];
    const squares = upTo.squares[end] + reversed.squares[from];
    if (n === 0 || m === 0) return quotient(n + m, squares);
    const apart = upTo.means[end] - reversed.means[from];
    return quotient(n + m, squares + (apart * apart * n * m) / (n + m));
  });
}

function quotient(count: number, squares: number): number {
  return count === 0 ? Number.NaN : squares / count;
}

/** @param isFirst whether a block begins with a position */
function momentsOf(values: Float64Array, isFirst: (i: number) => boolean): Moments {
  const [counts, means, squares] = [0, 0, 0].map(() => new Float64Array(values.length));
  let [n, mean, square] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    if (isFirst(i)) n = mean = square = 0;
    if (!Number.isNaN(values[i])) {
      n++;
      const off = values[i] - mean;
      mean += off / n;
      square += off * (values[i] - mean);
    }
    counts[i] = n;
    means[i] = mean;
    squares[i] = square;
  }
  return { counts, means, squares };
}
