/** What is expected of each value, and how far off it may be. */
export interface Forecast {
  readonly predictions: Float64Array;
  readonly deviations: Float64Array;
}

/** How fast the level, the trend and the seasons follow the values, as graphite has it. */
const ALPHA = 0.1;
const BETA = 0.0035;
const GAMMA = 0.1;

/**
 * Triple exponential smoothing by Holt and Winters, with additive seasons, as graphite-web's
 * `holtWintersAnalysis`: a null is predicted from what was before, and all begins anew after it.
 *
 * @param season the values of a season, 2 or more
 */
export function holtWinters(values: Float64Array, season: number): Forecast {
  const [predictions, deviations, seasonals] = [0, 0, 0].map(() => new Float64Array(values.length));
  const ago = (all: Float64Array, i: number) => (i < season ? 0 : all[i - season]);
  let [level, trend, next] = [Number.NaN, 0, Number.NaN];
  for (let i = 0; i < values.length; i++) {
    const actual = values[i];
    predictions[i] = i === 0 ? actual : next;
    if (Number.isNaN(actual)) {
      [level, trend, next] = [Number.NaN, 0, Number.NaN];
      continue;
    }
    const before = Number.isNaN(level) ? actual : level;
    level = ALPHA * (actual - ago(seasonals, i)) + (1 - ALPHA) * (before + trend);
    trend = BETA * (level - before) + (1 - BETA) * trend;
    seasonals[i] = GAMMA * (actual - level) + (1 - GAMMA) * ago(seasonals, i);
    next = level + trend + ago(seasonals, i + 1);
    const expected = Number.isNaN(predictions[i]) ? 0 : predictions[i];
    deviations[i] = GAMMA * Math.abs(actual - expected) + (1 - GAMMA) * ago(deviations, i);
  }
  return { predictions, deviations };
}
