import type { Series } from './series.js';

/** Points younger than this, or than two steps, may still be on their way to every replica. */
const FRESH_S = 60;
const FRESH_STEPS = 2;

/** How many of the first points of a series have had time to arrive. */
export function settledPoints(
  { startS, endS, stepS }: Omit<Series, 'name' | 'values'>,
  nowS: number,
): number {
  const settledS = Math.min(endS, nowS - Math.max(FRESH_S, FRESH_STEPS * stepS));
  return Math.max(0, Math.ceil((settledS - startS) / stepS));
}

/** Whether a point is missing that has had time to arrive. */
export function hasHoles(series: Omit<Series, 'name'>, nowS: number): boolean {
  const settled = settledPoints(series, nowS);
  for (let i = 0; i < settled; i++) if (Number.isNaN(series.values[i])) return true;
  return false;
}
