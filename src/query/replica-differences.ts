import type { Series } from './series.js';

/**
 * Which of several replicas' series of one metric and window lack a settled point that another has, or hold another value
 * than another: those that a repair may change. Series of other steps say nothing of each other.
 *
 * @param replicas undefined where a replica answered that it has no such metric
 * @param settledS what is younger may still be on its way to a replica
 * @returns their indexes, ascending
 */
export function differingReplicas(
  replicas: readonly (Series | undefined)[],
  settledS: number,
): number[] {
  const base = replicas.find((series) => series !== undefined);
  if (base === undefined || replicas.length < 2) return [];
  const slots = settledSlots(base, settledS);
  const known = replicas.filter((series) => series !== undefined);
  if (known.some((series) => !isAligned(series, base))) return [];
  const first = bytesOf(base, slots);
  const isSame = known.every((series) => bytesOf(series, slots).equals(first));
  if (isSame && known.length === replicas.length) return [];
  const differing = new Set<number>();
  for (let slot = 0; slot < slots; slot++) noteSlot(replicas, slot, differing);
  return [...differing].sort((a, b) => a - b);
}

/** Adds to `differing` who lacks the point of a slot; where values differ, all who have one. */
function noteSlot(
  replicas: readonly (Series | undefined)[],
  slot: number,
  differing: Set<number>,
): void {
  const values = replicas.map((series) => series?.values[slot] ?? Number.NaN);
  const points = values.filter((value) => !Number.isNaN(value));
  if (points.length === 0) return;
  const isOneValue = points.every((value) => Object.is(value, points[0]));
  values.forEach((value, i) => {
    if (Number.isNaN(value) || !isOneValue) differing.add(i);
  });
}

/** How many slots of a series end by `settledS`. */
function settledSlots({ startS, stepS, values }: Series, settledS: number): number {
  return Math.max(0, Math.min(values.length, Math.floor((settledS - startS) / stepS)));
}

function isAligned(a: Series, b: Series): boolean {
  return a.startS === b.startS && a.stepS === b.stepS && a.values.length === b.values.length;
}

/** Holes have the same bytes everywhere: they were written by one function. */
function bytesOf({ values }: Series, slots: number): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, slots * Float64Array.BYTES_PER_ELEMENT);
}
