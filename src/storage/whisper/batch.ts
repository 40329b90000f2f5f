/** The last second that a file can hold. */
export const TIMESTAMP_MAX = 0xffffffff;
const INITIAL_CAPACITY = 1024;

/**
 * The points of one update of one metric, put in order: whole seconds, ascending, one point for each. Of
 * points with the same timestamp the last one to arrive stays, as in carbon's cache.
 */
export class Batch {
  count = 0;
  timestamps = new Float64Array(INITIAL_CAPACITY);
  values = new Float64Array(INITIAL_CAPACITY);
  /** Points of the last `load` with a timestamp that is not a number or does not fit 32 bits. */
  outOfRange = 0;
  /** The longest time between a point and the next, seconds; 0 of a single point. */
  widestGapS = 0;
  #otherTimestamps = new Float64Array(INITIAL_CAPACITY);
  #otherValues = new Float64Array(INITIAL_CAPACITY);

  /** Takes the first `count` points, in order of arrival. Fractions of seconds are cut off. */
  load(timestamps: ArrayLike<number>, values: ArrayLike<number>, count: number): void {
    if (count > this.timestamps.length) this.#grow(count);
    const t = this.timestamps;
    const v = this.values;
    let n = 0;
    let ascending = true;
    let widestGap = 0;
    let previous = -1;
    for (let i = 0; i < count; i++) {
      const timestamp = Math.trunc(timestamps[i]);
      if (!(timestamp >= 0 && timestamp <= TIMESTAMP_MAX)) continue;
      const gap = timestamp - previous;
      if (gap <= 0) ascending = false;
      if (gap > widestGap && n > 0) widestGap = gap;
      previous = timestamp;
      t[n] = timestamp;
      v[n] = values[i];
      n++;
    }
    this.outOfRange = count - n;
    this.count = n;
    this.widestGapS = widestGap;
    if (!ascending) {
      this.#sort();
      this.#keepLastOfEqual();
      this.#measureGaps();
    }
  }

  /** A stable merge sort, bottom up: a batch may be long and in any order. */
  #sort(): void {
    for (let width = 1; width < this.count; width *= 2) {
      for (let start = 0; start < this.count; start += 2 * width) {
        const middle = Math.min(start + width, this.count);
        this.#merge(start, middle, Math.min(middle + width, this.count));
      }
      this.#swap();
    }
  }

  #merge(start: number, middle: number, end: number): void {
    const t = this.timestamps;
    const v = this.values;
    let a = start;
    let b = middle;
    for (let to = start; to < end; to++) {
      const from = a < middle && (b >= end || t[a] <= t[b]) ? a++ : b++;
      this.#otherTimestamps[to] = t[from];
      this.#otherValues[to] = v[from];
    }
  }

  #swap(): void {
    [this.timestamps, this.#otherTimestamps] = [this.#otherTimestamps, this.timestamps];
    [this.values, this.#otherValues] = [this.#otherValues, this.values];
  }

  #keepLastOfEqual(): void {
    const t = this.timestamps;
    const v = this.values;
    let n = 0;
    for (let i = 0; i < this.count; i++) {
      if (i + 1 < this.count && t[i] === t[i + 1]) continue;
      t[n] = t[i];
      v[n] = v[i];
      n++;
    }
    this.count = n;
  }

  #measureGaps(): void {
    const t = this.timestamps;
    this.widestGapS = 0;
    for (let i = 1; i < this.count; i++) {
      this.widestGapS = Math.max(this.widestGapS, t[i] - t[i - 1]);
    }
  }

  #grow(count: number): void {
    const capacity = 2 ** Math.ceil(Math.log2(count));
    this.timestamps = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
    this.#otherTimestamps = new Float64Array(capacity);
    this.#otherValues = new Float64Array(capacity);
  }
}
