/** Below this sorting by insertion is faster. */
const SMALL = 12;

/**
 * Moves what would stand at `place` if the first `count` values were sorted to this place, everything less or equal before it
 * and the rest behind it (Hoare's quickselect, with the median of three as the pivot). No value is NaN.
 *
 * @returns the value at the place
 */
export function selected(values: Float64Array, count: number, place: number): number {
  let low = 0;
  let high = count - 1;
  while (high - low > SMALL) {
    const pivot = medianOfThree(values[low], values[(low + high) >>> 1], values[high]);
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const value = values[i];
      values[i++] = values[j];
      values[j--] = value;
    }
    if (place <= j) high = j;
    else if (place >= i) low = i;
    else return values[place];
  }
  sortByInsertion(values, low, high);
  return values[place];
}

/** What would follow `place` after `selected`: the least of the values behind it. */
export function leastBehind(values: Float64Array, count: number, place: number): number {
  let least = values[place + 1];
  for (let i = place + 2; i < count; i++) if (values[i] < least) least = values[i];
  return least;
}

/** Copies the values of `[start, end)` that are not null into `into`; returns how many. */
export function knownInto(
  into: Float64Array,
  values: Float64Array,
  start: number,
  end: number,
): number {
  let count = 0;
  for (let i = start; i < end; i++) if (!Number.isNaN(values[i])) into[count++] = values[i];
  return count;
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

function sortByInsertion(values: Float64Array, low: number, high: number): void {
  for (let i = low + 1; i <= high; i++) {
    const value = values[i];
    let at = i;
    for (; at > low && values[at - 1] > value; at--) values[at] = values[at - 1];
    values[at] = value;
  }
}
