/** A whole number from the environment, at least `min`. */
export function count(name: string, byDefault: number, min = 1): number {
  const value = Number(process.env[name] ?? byDefault);
  if (Number.isInteger(value) && value >= min) return value;
  throw new Error(`${name} must be a whole number from ${min} on, not ${process.env[name]}`);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** With three significant digits, or as a whole number. */
export function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
