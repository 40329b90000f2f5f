import type { GraphOptions } from '../../query/formats/graph-options.js';

/** The chart rounds to 20 decimals: what is less than 1 is counted in a smaller unit, or its axis has no ticks. */
const UNIT_MIN = 1e-300;
/** Far beyond every axis, and yet sums and differences of such are numbers. */
const FAR = 1e100;
/** Less than this of a unit is not seen on an axis that reaches at least one. */
const UNSEEN = 1e-15;

/** What the values of an axis are counted in, so that those at its ends are of a size that the chart can reckon with. */
export class AxisUnit {
  /** A power of ten. */
  readonly #size: number;
  readonly #isLinear: boolean;

  /** @param all the values of the series of the axis */
  constructor(all: readonly Float64Array[], { yMin, yMax, logBase }: GraphOptions) {
    this.#isLinear = logBase === undefined;
    const [lowest, highest] = extentOf(all);
    const farthest = Math.max(Math.abs(yMin ?? lowest), Math.abs(yMax ?? highest));
    const fits = !this.#isLinear || farthest === 0 || (farthest >= 1 && farthest <= FAR);
    this.#size = fits ? 1 : Math.max(UNIT_MIN, 10 ** Math.floor(Math.log10(farthest)));
  }

  /** What a finite value is in the chart. */
  inChart(value: number): number {
    if (!this.#isLinear) return value;
    const count = value / this.#size;
    if (Math.abs(count) < UNSEEN) return 0;
    return Math.max(-FAR, Math.min(FAR, count));
  }

  /** The value of a tick of the chart. */
  ofTick(count: number): number {
    return count * this.#size;
  }
}

/** The lowest and the highest finite value; 0 and 0 where there is none. */
function extentOf(all: readonly Float64Array[]): readonly [lowest: number, highest: number] {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const values of all) {
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
    }
  }
  return lowest <= highest ? [lowest, highest] : [0, 0];
}
