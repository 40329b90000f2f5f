import type { PointQueue } from './point-queue.js';

/**
 * In which order the metrics that are due are written; Carbon's `CACHE_WRITE_STRATEGY`.
 * `sorted`: those with most points first; `timesorted`: those with the oldest point first; `max`: as `sorted`,
 * but looked at anew all the time; `naive`: as they began to wait.
 */
export const WRITE_STRATEGIES = ['sorted', 'timesorted', 'max', 'naive'] as const;

export type WriteStrategy = (typeof WRITE_STRATEGIES)[number];

/** Metrics ordered at a time: sorting them takes a few milliseconds, and none waits for more than these. */
const ROUND_METRICS = 32_768;
/** With `max` the order is taken anew after so many metrics, so that the fullest ones come first ever again. */
const MAX_ROUND_METRICS = 512;
/** A rank and a place in the round (15 bits) share a double's 53 bits. */
const RANK_MAX = 2 ** 31;

/**
 * Takes the metrics that are due out of the queue in rounds: a round holds those that have waited longest,
 * put in the order of the strategy, and is written to its end before the next one begins; a short round of `max`
 * ends with the one that waits longest. So a metric that is seldom written cannot wait for ever, nor hold back
 * the checkpoint, whatever the strategy.
 *
 * With `sorted` and `timesorted` those of equal rank are written in the order of their ids, however they came: what is kept of
 * a metric here, and by the kernel of its file, then mostly lies beside that of the one before.
 */
export class WriteOrder {
  readonly #queue: PointQueue;
  readonly #strategy: WriteStrategy;
  #ids = new Uint32Array(1024);
  #keys = new Float64Array(1024);
  #count = 0;
  #at = 0;

  constructor(queue: PointQueue, strategy: WriteStrategy) {
    this.#queue = queue;
    this.#strategy = strategy;
  }

  /** The next metric to write, of those that began to wait at `dueBeforeMs` or before; undefined when none is due. */
  next(dueBeforeMs: number): number | undefined {
    for (;;) {
      while (this.#at < this.#count) {
        const id = this.#ids[this.#at++];
        if (this.#queue.isWaiting(id)) return id;
      }
      this.#begin(dueBeforeMs);
      if (this.#count === 0) return undefined;
    }
  }

  #begin(dueBeforeMs: number): void {
    this.#at = 0;
    this.#count = 0;
    let id = this.#queue.oldest();
    while (id !== undefined && this.#queue.waitingSinceMs(id) <= dueBeforeMs) {
      if (this.#count === this.#ids.length) this.#grow();
      this.#ids[this.#count++] = id;
      if (this.#count === ROUND_METRICS) break;
      id = this.#queue.following(id);
    }
    if (this.#strategy === 'naive' || this.#count === 0) return;
    const longestWaiting = this.#ids[0];
    // To sort for each short round of `max` would cost more than it spares.
    if (this.#strategy !== 'max') this.#ids.subarray(0, this.#count).sort();
    this.#sort();
    if (this.#strategy !== 'max' || this.#count <= MAX_ROUND_METRICS) return;
    this.#count = MAX_ROUND_METRICS;
    this.#ids[this.#count++] = longestWaiting;
  }

  #sort(): void {
    const keys = this.#keys.subarray(0, this.#count);
    let isSorted = true;
    for (let i = 0; i < keys.length; i++) {
      keys[i] = this.#rank(this.#ids[i]) * ROUND_METRICS + i;
      if (i > 0 && keys[i] < keys[i - 1]) isSorted = false;
    }
    // As where all have one point.
    if (isSorted) return;
    keys.sort();
    const ids = this.#ids.slice(0, this.#count);
    for (let i = 0; i < keys.length; i++) this.#ids[i] = ids[keys[i] % ROUND_METRICS];
  }

  /** A whole number that is smaller the sooner the metric is to be written. */
  #rank(id: number): number {
    if (this.#strategy === 'timesorted') {
      return Math.min(RANK_MAX * 2, Math.max(0, Math.floor(this.#queue.firstTimestamp(id))));
    }
    return RANK_MAX - Math.min(RANK_MAX, this.#queue.length(id));
  }

  #grow(): void {
    const ids = new Uint32Array(this.#ids.length * 2);
    ids.set(this.#ids);
    this.#ids = ids;
    this.#keys = new Float64Array(ids.length);
  }
}
