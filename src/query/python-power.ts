/**
 * Python's `math.pow` where it gives a number, else null: at a pole, of a negative value, and too large; of
 * null too.
 */
export function pythonPower(value: number, exponent: number): number {
  if (Number.isNaN(value) || Number.isNaN(exponent)) return Number.NaN;
  if (Math.abs(value) === 1 && !Number.isFinite(exponent)) return 1;
  const result = value ** exponent;
  const areFinite = Number.isFinite(value) && Number.isFinite(exponent);
  return areFinite && !Number.isFinite(result) ? Number.NaN : result;
}
