import { assert } from '../assert.js';
import type { Series } from './series.js';

export interface Merged {
  readonly series: Series;
  /** Points of the result that its first source did not have. */
  readonly filledPoints: number;
}

/**
 * One series from what several replicas say of one metric over one window, best replica first: a hole in
 * one is filled from the next. The finest step wins, and its points come before those of coarser ones,
 * which lie at the start of their own steps: a value is shown once, as it was stored.
 *
 * @param replicas at least one; none of them is changed
 */
export function mergeReplicas(replicas: readonly Series[]): Merged {
  assert(replicas.length > 0, 'there is a series to merge');
  const sources = replicas.toSorted((a, b) => a.stepS - b.stepS);
  const base = sources[0];
  if (sources.length === 1) return { series: base, filledPoints: 0 };
  if (sources.every((source) => isAligned(source, base))) return mergeAligned(sources);
  const startS = Math.min(...sources.map((source) => onGridBelow(source.startS, base)));
  const endS = Math.max(...sources.map((source) => onGridAbove(source.endS, base)));
  const values = new Float64Array(Math.round((endS - startS) / base.stepS)).fill(Number.NaN);
  const series = { name: base.name, startS, endS, stepS: base.stepS, values };
  let filledPoints = 0;
  for (const source of sources) {
    const filled = fillHoles(series, source);
    if (source !== base) filledPoints += filled;
  }
  return { series, filledPoints };
}

/**
 * Puts queued points, which are not on disk yet, over a fetched series: a step takes the last of its
 * points in the order given, as it will when they are written.
 *
 * @param series changed in place
 * @param count how many of `timestamps` (seconds) and `values` there are
 */
export function overlay(
  series: Series,
  timestamps: Float64Array,
  values: Float64Array,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    const slot = Math.floor((timestamps[i] - series.startS) / series.stepS);
    if (slot >= 0 && slot < series.values.length) series.values[slot] = values[i];
  }
}

/**
 * As `overlay`, for a series from a coarser archive than the finest, where the points of a step are rolled
 * up: the last point of each of the finest steps counts. As in graphite-web, what the disk had of such
 * a step gives way to the queued points.
 *
 * @param aggregate the aggregation method of the file, over values in order of their time
 */
export function overlayRolledUp(
  series: Series,
  timestamps: Float64Array,
  values: Float64Array,
  count: number,
  finestStepS: number,
  aggregate: (values: readonly number[]) => number,
): void {
  const latest = new Map<number, number>();
  for (let i = 0; i < count; i++)
    latest.set(Math.floor(timestamps[i] / finestStepS) * finestStepS, values[i]);
  const steps = new Map<number, number[]>();
  for (const timestamp of [...latest.keys()].sort((a, b) => a - b)) {
    const slot = Math.floor((timestamp - series.startS) / series.stepS);
    const known = steps.get(slot);
    if (known) known.push(latest.get(timestamp)!);
    else steps.set(slot, [latest.get(timestamp)!]);
  }
  for (const [slot, points] of steps) {
    if (slot >= 0 && slot < series.values.length) series.values[slot] = aggregate(points);
  }
}

function onGridBelow(timeS: number, grid: Series): number {
  return grid.startS + Math.floor((timeS - grid.startS) / grid.stepS) * grid.stepS;
}

function onGridAbove(timeS: number, grid: Series): number {
  return grid.startS + Math.ceil((timeS - grid.startS) / grid.stepS) * grid.stepS;
}

function isAligned(a: Series, b: Series): boolean {
  return a.startS === b.startS && a.stepS === b.stepS && a.values.length === b.values.length;
}

/** Replicas mostly have the same slots and the same points: then the first one is the answer as it is. */
function mergeAligned(sources: readonly Series[]): Merged {
  const [base] = sources;
  let { values } = base;
  let filledPoints = 0;
  for (const source of sources) {
    if (source === base) continue;
    for (let i = 0; i < values.length; i++) {
      if (!Number.isNaN(values[i]) || Number.isNaN(source.values[i])) continue;
      if (filledPoints === 0) values = values.slice();
      values[i] = source.values[i];
      filledPoints++;
    }
  }
  return { series: filledPoints === 0 ? base : { ...base, values }, filledPoints };
}

/** Puts the points of `source` where `series` has none; returns how many. */
function fillHoles(series: Series, source: Series): number {
  let filled = 0;
  for (let i = 0; i < source.values.length; i++) {
    const value = source.values[i];
    if (Number.isNaN(value)) continue;
    const timeS = source.startS + i * source.stepS;
    const slot = Math.floor((timeS - series.startS) / series.stepS);
    if (!Number.isNaN(series.values[slot])) continue;
    series.values[slot] = value;
    filled++;
  }
  return filled;
}
