import { sortedKnown } from './aggregation.js';

/** Pearson's correlation of the values that are known in both, -1 to 1; null where one of them is constant. */
export function pearson(
  a: Float64Array,
  b: Float64Array,
  start = 0,
  end = Math.min(a.length, b.length),
): number {
  let [count, sumA, sumB] = [0, 0, 0];
  for (let i = start; i < end; i++) {
    if (Number.isNaN(a[i]) || Number.isNaN(b[i])) continue;
    count++;
    sumA += a[i];
    sumB += b[i];
  }
  const [meanA, meanB] = [sumA / count, sumB / count];
  let [both, squaresA, squaresB] = [0, 0, 0];
  for (let i = start; i < end; i++) {
    if (Number.isNaN(a[i]) || Number.isNaN(b[i])) continue;
    both += (a[i] - meanA) * (b[i] - meanB);
    squaresA += (a[i] - meanA) ** 2;
    squaresB += (b[i] - meanB) ** 2;
  }
  return both / (Math.sqrt(squaresA) * Math.sqrt(squaresB));
}

/**
 * The two-sample test of Kolmogorov and Smirnov: how likely values as different as these are, of the same
 * distribution. Null where one has no values.
 */
export function kolmogorovSmirnov(
  a: Float64Array,
  b: Float64Array,
  start: number,
  end: number,
): number {
  const [sortedA, sortedB] = [sortedKnown(a, start, end), sortedKnown(b, start, end)];
  const [n, m] = [sortedA.length, sortedB.length];
  if (n === 0 || m === 0) return Number.NaN;
  let [i, j, apart] = [0, 0, 0];
  while (i < n && j < m) {
    const value = Math.min(sortedA[i], sortedB[j]);
    while (i < n && sortedA[i] <= value) i++;
    while (j < m && sortedB[j] <= value) j++;
    apart = Math.max(apart, Math.abs(i / n - j / m));
  }
  return survival(Math.sqrt((n * m) / (n + m)) * apart);
}

/** Above this the series of the one form of Kolmogorov's distribution falls faster than that of the other. */
const LARGE = 1.18;

/** One less Kolmogorov's distribution, by the first terms of its two series. */
function survival(z: number): number {
  if (z === 0) return 1;
  if (z < LARGE) {
    const y = Math.exp(-(Math.PI ** 2) / (8 * z * z));
    const terms = y + y ** 9 + y ** 25 + y ** 49;
    return 1 - (Math.sqrt(2 * Math.PI) / z) * terms;
  }
  const x = Math.exp(-2 * z * z);
  return 2 * (x - x ** 4 + x ** 9);
}
