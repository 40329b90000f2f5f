/**
 * How points of a finer archive become one point of a coarser one. The codes are those of whisper's file
 * header (`aggregationType`); the arithmetic is that of whisper 1.1.4, term by term, as the results are
 * compared bit by bit.
 */
export const AGGREGATION_METHODS = [
  'average',
  'sum',
  'last',
  'max',
  'min',
  'avg_zero',
  'absmax',
  'absmin',
] as const;

export type AggregationMethod = (typeof AGGREGATION_METHODS)[number];

const AVERAGE = 1;
const SUM = 2;
const MAX = 4;
const MIN = 5;
const AVG_ZERO = 6;
const ABSMAX = 7;
const ABSMIN = 8;

export function isAggregationMethod(text: unknown): text is AggregationMethod {
  return AGGREGATION_METHODS.includes(text as AggregationMethod);
}

/** The code of a method in the file header, 1 to 8. */
export function methodCode(method: AggregationMethod): number {
  return AGGREGATION_METHODS.indexOf(method) + 1;
}

export function methodOfCode(code: number): AggregationMethod | undefined {
  return AGGREGATION_METHODS[code - 1];
}

/** Whether a method adds up the values, from 0 on: Python's sum() turns a lone -0.0 into 0.0. */
export function isSummed(code: number): boolean {
  return code === SUM || code === AVERAGE || code === AVG_ZERO;
}

/** The fold over a window whose first known value is `value`. */
export function foldFirst(code: number, value: number): number {
  return isSummed(code) ? 0 + value : value;
}

/**
 * The fold with one more known value, later in time than all before. Of equals max, min and their kin keep
 * the earlier; comparisons with NaN are false.
 */
export function foldNext(code: number, folded: number, value: number): number {
  switch (code) {
    case AVERAGE:
    case SUM:
    case AVG_ZERO:
      return folded + value;
    case MAX:
      // biome-ignore lint/complexity/useMathMinMax: it treats NaN and -0 differently
      return value > folded ? value : folded;
    case MIN:
      // biome-ignore lint/complexity/useMathMinMax: it treats NaN and -0 differently
      return value < folded ? value : folded;
    case ABSMAX:
      return Math.abs(value) > Math.abs(folded) ? value : folded;
    case ABSMIN:
      return Math.abs(value) < Math.abs(folded) ? value : folded;
    default:
      return value;
  }
}

/** The aggregate of a window of `total` slots, `known` of them folded. */
export function foldResult(code: number, folded: number, known: number, total: number): number {
  if (code === AVERAGE) return folded / known;
  if (code === AVG_ZERO) return folded / total;
  return folded;
}

/** The aggregate of the known points of a window of `total` slots, in order of time; at least one is known. */
export function aggregateOf(
  method: AggregationMethod,
  known: readonly number[],
  total: number,
): number {
  const code = methodCode(method);
  let folded = foldFirst(code, known[0]);
  for (let i = 1; i < known.length; i++) folded = foldNext(code, folded, known[i]);
  return foldResult(code, folded, known.length, total);
}
