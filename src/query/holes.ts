import type { Series } from './series.js';

/** Points younger than this, or than two steps, may still be on their way to every replica. */
const FRESH_S = 60;
const FRESH_STEPS = 2;

/** Whether a point is missing that has had time to arrive. */
export function hasHoles({ startS, stepS, values }: Omit<Series, 'name' | 'endS'>, nowS: number) {
  const settledS = nowS - Math.max(FRESH_S, FRESH_STEPS * stepS);
  const settled = Math.min(values.length, Math.ceil((settledS - startS) / stepS));
  for (let i = 0; i < settled; i++) if (Number.isNaN(values[i])) return true;
  return false;
}
