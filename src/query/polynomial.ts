/**
 * The polynomial of a degree that is nearest to the known values, in least squares. None if they do not
 * determine one.
 *
 * @returns its value at a position, also at one after the last
 */
export function fittedPolynomial(
  values: Float64Array,
  degree: number,
): ((position: number) => number) | undefined {
  // Positions of values become -1 to 1, so that their powers stay of one size.
  const scale = 2 / Math.max(1, values.length - 1);
  const size = degree + 1;
  const rows = Array.from({ length: size }, () => new Float64Array(size + 1));
  const powers = new Float64Array(size);
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    for (let k = 0; k < size; k++) powers[k] = k === 0 ? 1 : powers[k - 1] * (i * scale - 1);
    for (let row = 0; row < size; row++) {
      for (let k = 0; k < size; k++) rows[row][k] += powers[row] * powers[k];
      rows[row][size] += powers[row] * values[i];
    }
  }
  const coefficients = solution(rows);
  if (coefficients === undefined) return undefined;
  return (position) => {
    let value = 0;
    for (let k = size - 1; k >= 0; k--) value = value * (position * scale - 1) + coefficients[k];
    return value;
  };
}

/** A pivot this much smaller than the first is nothing but rounding. */
const SINGULAR = 1e-13;

/** Of equations whose right sides are the last column, by elimination; changes them. */
function solution(rows: Float64Array[]): Float64Array | undefined {
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(rows[row][column]) > Math.abs(rows[pivot][column])) pivot = row;
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    if (!(Math.abs(rows[column][column]) > SINGULAR * rows[0][0])) return undefined;
    for (let row = column + 1; row < size; row++) {
      const factor = rows[row][column] / rows[column][column];
      for (let k = column; k <= size; k++) rows[row][k] -= factor * rows[column][k];
    }
  }
  const solved = new Float64Array(size);
  for (let row = size - 1; row >= 0; row--) {
    let left = rows[row][size];
    for (let k = row + 1; k < size; k++) left -= rows[row][k] * solved[k];
    solved[row] = left / rows[row][row];
  }
  return solved;
}
