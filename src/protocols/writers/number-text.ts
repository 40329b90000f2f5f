/** What a number takes as text at most: `-0.0000010006911362765872`. */
export const NUMBER_BYTES_MAX = 25;

/**
 * A number in the fewest digits from which it is read back to the bit; -0, infinities and NaN as Python writes them.
 */
export function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}
