import { assert } from '../assert.js';

const NONE = -1;
/** Points of a page. A pool grows by pages: nothing is copied, and at most one page stands empty. */
const PAGE_BITS = 14;
const PAGE_POINTS = 2 ** PAGE_BITS;
const PAGE_MASK = PAGE_POINTS - 1;

/**
 * Most that a point takes: timestamp, value (f64), the link to the next point (i32) and the log that brought it (u8).
 * Timestamps are u32, and f64 only in a page with one that is no whole second of 32 bits; one log alone takes nothing.
 */
export const BYTES_PER_POINT_MAX = 21;

/** Points in lists, each list by its last point, whose link leads back to the first one. */
export class PointPool {
  readonly #timestamps: (Uint32Array | Float64Array)[] = [];
  readonly #values: Float64Array[] = [];
  readonly #next: Int32Array[] = [];
  /** Only of pages with a point of another log than the first: most replicas have no other. */
  readonly #logs: (Uint8Array | undefined)[] = [];
  #free = NONE;
  #used = 0;

  /** Makes a list of one point; returns its last, and only, point. */
  begin(timestamp: number, value: number, log: number): number {
    const point = this.#put(timestamp, value, log);
    this.#next[point >> PAGE_BITS][point & PAGE_MASK] = point;
    return point;
  }

  /** Appends to the list that ends with `tail`; returns its last point from now on. */
  append(tail: number, timestamp: number, value: number, log: number): number {
    const point = this.#put(timestamp, value, log);
    const next = this.#next[tail >> PAGE_BITS];
    this.#next[point >> PAGE_BITS][point & PAGE_MASK] = next[tail & PAGE_MASK];
    next[tail & PAGE_MASK] = point;
    return point;
  }

  /** The timestamp of the first point of a list. */
  firstTimestamp(tail: number): number {
    const point = this.#after(tail);
    return this.#timestamps[point >> PAGE_BITS][point & PAGE_MASK];
  }

  /**
   * Copies those of the `count` points of a list that a log has brought, first to last, into the columns from `to` on.
   *
   * @returns where the next one would go
   */
  copy(
    tail: number,
    count: number,
    log: number,
    timestamps: Float64Array,
    values: Float64Array,
    to: number,
  ): number {
    let point = tail;
    for (let i = 0; i < count; i++) {
      point = this.#after(point);
      const page = point >> PAGE_BITS;
      if ((this.#logs[page]?.[point & PAGE_MASK] ?? 0) !== log) continue;
      timestamps[to] = this.#timestamps[page][point & PAGE_MASK];
      values[to++] = this.#values[page][point & PAGE_MASK];
    }
    assert(point === tail, 'a list has as many points as its owner counts');
    return to;
  }

  /** Gives the points of a list back. */
  release(tail: number): void {
    const first = this.#after(tail);
    this.#next[tail >> PAGE_BITS][tail & PAGE_MASK] = this.#free;
    this.#free = first;
  }

  #after(point: number): number {
    return this.#next[point >> PAGE_BITS][point & PAGE_MASK];
  }

  #put(timestamp: number, value: number, log: number): number {
    const point = this.#take();
    const page = point >> PAGE_BITS;
    const isWhole = timestamp >>> 0 === timestamp;
    if (!isWhole && this.#timestamps[page] instanceof Uint32Array) {
      this.#timestamps[page] = Float64Array.from(this.#timestamps[page]);
    }
    this.#timestamps[page][point & PAGE_MASK] = timestamp;
    this.#values[page][point & PAGE_MASK] = value;
    if (log !== 0) this.#logs[page] ??= new Uint8Array(PAGE_POINTS);
    const logs = this.#logs[page];
    if (logs !== undefined) logs[point & PAGE_MASK] = log;
    return point;
  }

  #take(): number {
    if (this.#free !== NONE) {
      const point = this.#free;
      this.#free = this.#after(point);
      return point;
    }
    if (this.#used === this.#next.length * PAGE_POINTS) this.#addPage();
    return this.#used++;
  }

  #addPage(): void {
    this.#timestamps.push(new Uint32Array(PAGE_POINTS));
    this.#values.push(new Float64Array(PAGE_POINTS));
    this.#next.push(new Int32Array(PAGE_POINTS));
    this.#logs.push(undefined);
  }
}
