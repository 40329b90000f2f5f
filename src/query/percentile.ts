import { assert } from '../assert.js';
import { sortedKnown } from './aggregation.js';

/** Work of a call on each point that it puts in order (`FunctionDeclaration.workPerPoint`). */
export const WORK_PER_SORTED_POINT = 4;

/**
 * The value below which `n` per cent of the known values lie, by graphite's rule: of rank n / 100 * (count + 1),
 * rounded up, or between the two values next to it if `interpolate`. Null where nothing is known.
 *
 * @param n from 0 to 100
 */
export function percentile(values: Float64Array, n: number, interpolate: boolean): number {
  assert(n >= 0 && n <= 100, `${n} is a per cent`);
  const sorted = sortedKnown(values);
  const count = sorted.length;
  if (count === 0) return Number.NaN;
  const rank = (n / 100) * (count + 1);
  const below = Math.floor(rank);
  if (!interpolate) return sorted[Math.min(Math.max(Math.ceil(rank), 1), count) - 1];
  const value = sorted[Math.min(Math.max(below, 1), count) - 1];
  return below < count ? value + (rank - below) * (sorted[below] - value) : value;
}
