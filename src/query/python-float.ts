/**
 * A finite number as Python's `repr` and `json` write a float: the shortest digits that mean it, always
 * with a point or an exponent (`5.0`, `0.0001`, `1e-05`, `1e+16`).
 */
export function pythonFloat(value: number): string {
  const size = Math.abs(value);
  if ((size < 1e-4 && size > 0) || size >= 1e16) return withExponent(value);
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}

function withExponent(value: number): string {
  const [mantissa, power] = value.toExponential().split('e');
  const exponent = Number(power);
  const digits = Math.abs(exponent).toString().padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
}
