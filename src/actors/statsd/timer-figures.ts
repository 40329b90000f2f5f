/**
 * What statsd makes of the values of one timer in one interval: figures by the last part of their names, in statsd's
 * order (statsd 0.9, `process_metrics.js`).
 *
 * @param values at least one, in any order; they are sorted
 * @param count events, which are more than values where senders sample
 * @param percentiles those of the values up to them, from below; negative ones from above
 */
export function timerFigures(
  values: Float64Array,
  count: number,
  intervalS: number,
  percentiles: readonly number[],
): [figure: string, value: number][] {
  values.sort();
  const { length } = values;
  const sums = new Float64Array(length);
  const squares = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    sums[i] = (i === 0 ? 0 : sums[i - 1]) + values[i];
    squares[i] = (i === 0 ? 0 : squares[i - 1]) + values[i] * values[i];
  }
  const figures: [string, number][] = [];
  for (const percentile of percentiles) {
    addPercentile(figures, percentile, values, sums, squares);
  }
  const sum = sums[length - 1];
  const mean = sum / length;
  let deviations = 0;
  for (const value of values) deviations += (value - mean) ** 2;
  const middle = length >> 1;
  figures.push(
    ['std', Math.sqrt(deviations / length)],
    ['upper', values[length - 1]],
    ['lower', values[0]],
    ['count', count],
    ['count_ps', count / intervalS],
    ['sum', sum],
    ['sum_squares', squares[length - 1]],
    ['mean', mean],
    ['median', length % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2],
  );
  return figures;
}

function addPercentile(
  figures: [string, number][],
  percentile: number,
  values: Float64Array,
  sums: Float64Array,
  squares: Float64Array,
): void {
  const { length } = values;
  const within = length === 1 ? 1 : Math.round((Math.abs(percentile) / 100) * length);
  if (within === 0) return;
  const suffix = String(percentile).replace('.', '_').replace('-', 'top');
  const fromBelow = percentile > 0;
  const first = fromBelow ? 0 : length - within;
  const last = fromBelow ? within - 1 : length - 1;
  const sum = sums[last] - (first === 0 ? 0 : sums[first - 1]);
  const sumSquares = squares[last] - (first === 0 ? 0 : squares[first - 1]);
  figures.push(
    [`count_${suffix}`, within],
    [`mean_${suffix}`, sum / within],
    [`${fromBelow ? 'upper' : 'lower'}_${suffix}`, fromBelow ? values[last] : values[first]],
    [`sum_${suffix}`, sum],
    [`sum_squares_${suffix}`, sumSquares],
  );
}
