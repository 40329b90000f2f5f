import { assert } from '../assert.js';
import { copied, grownCapacity } from './columns.js';
import { NarrowColumn } from './narrow-column.js';
import { OffsetColumn } from './offset-column.js';
import { PointPool } from './point-pool.js';

const NONE = -1;
const INITIAL_METRICS = 1024;

/** Logs that one queue can tell apart. */
export const QUEUE_LOGS_MAX = 32;

/** The log message that brings points. The same object for all its points, and may be for those of the next. */
export interface Arrival {
  /** Counts the messages of all logs together, in the order in which they came. Never less than before. */
  order: number;
  /** Which of the replica's logs; below `QUEUE_LOGS_MAX`. */
  log: number;
  /** Of the message in that log. */
  sequence: number;
  /** Of a clock that never goes back. */
  atMs: number;
}

/** Points of one metric, copied out of the queue; reused from call to call. */
export class QueuedPoints {
  timestamps = new Float64Array(64);
  values = new Float64Array(64);
  count = 0;
}

/**
 * The points of one shard replica that are not on disk yet, by metric, in order of arrival.
 *
 * Metrics wait in the order in which their oldest unwritten point arrived, so the first one also tells how
 * far the checkpoint may go. Points are in one pool of typed arrays, and stay readable until `remove`, which the
 * writer calls once they are in the file.
 *
 * Points of one metric that came by several logs leave it log by log, each in its own order. So where two
 * logs bring the same timestamp, the higher log wins in whatever order the two were read.
 */
export class PointQueue {
  /** Points in the queue. */
  points = 0;
  /** Metrics with at least one point in the queue. */
  metrics = 0;

  readonly #pool = new PointPool();

  /** The last point of a metric in the pool. Only of one that has points, as most of what follows. */
  #tail = new Int32Array(INITIAL_METRICS);
  readonly #length = new NarrowColumn();
  /** The logs of the points of a metric, a bit each. */
  readonly #logs = new NarrowColumn();
  readonly #firstArrival = new OffsetColumn();
  /** Of the sequence that brought the newest point of a metric: the lower 32 bits; the upper ones, times the number of logs, and the log. */
  #newestLow = new Uint32Array(INITIAL_METRICS);
  readonly #newestHigh = new NarrowColumn();
  readonly #waitingSinceMs = new OffsetColumn();
  #before = new Int32Array(INITIAL_METRICS);
  #after = new Int32Array(INITIAL_METRICS);
  #oldest = NONE;
  #newest = NONE;
  /** Metrics that do not wait with the others: the writer has set them aside. */
  readonly #parked = new Set<number>();

  append(id: number, timestamp: number, value: number, arrival: Arrival): void {
    if (id >= this.#tail.length) this.#grow(id);
    const length = this.#length.get(id);
    const log = 1 << arrival.log;
    if (length === 0) {
      this.#tail[id] = this.#pool.begin(timestamp, value, arrival.log);
      this.#logs.set(id, log >>> 0);
      this.#firstArrival.set(id, arrival.order);
      this.#waitingSinceMs.set(id, arrival.atMs);
      this.#enqueue(id);
      this.metrics++;
    } else {
      this.#tail[id] = this.#pool.append(this.#tail[id], timestamp, value, arrival.log);
      this.#logs.set(id, (this.#logs.get(id) | log) >>> 0);
    }
    this.#newestLow[id] = arrival.sequence >>> 0;
    this.#newestHigh.set(id, arrival.log + QUEUE_LOGS_MAX * Math.floor(arrival.sequence / 2 ** 32));
    this.#length.set(id, length + 1);
    this.points++;
  }

  /** The metric whose unwritten points began to wait first, or undefined when the queue is empty. */
  oldest(): number | undefined {
    return this.#oldest === NONE ? undefined : this.#oldest;
  }

  /** The metric that waits next after `id`, or undefined. */
  following(id: number): number | undefined {
    const after = this.#after[id];
    return after === NONE ? undefined : after;
  }

  /** Whether a metric has points and is not set aside. */
  isWaiting(id: number): boolean {
    return this.length(id) > 0 && !this.#isParked(id);
  }

  waitingSinceMs(id: number): number {
    return this.#waitingSinceMs.get(id);
  }

  /** Since when the point waits that waits longest; undefined in an empty queue. Looks at every parked metric. */
  longestWaitingSinceMs(): number | undefined {
    const oldest = this.#oldest === NONE ? [] : [this.#oldest];
    let sinceMs: number | undefined;
    for (const id of [...oldest, ...this.#parked])
      sinceMs = Math.min(sinceMs ?? Number.POSITIVE_INFINITY, this.#waitingSinceMs.get(id));
    return sinceMs;
  }

  /** The timestamp of the first point of a metric that waits, seconds. */
  firstTimestamp(id: number): number {
    return this.#pool.firstTimestamp(this.#tail[id]);
  }

  /** Metrics that were set aside. */
  get parked(): number {
    return this.#parked.size;
  }

  /** Sets a metric with points aside: until it is removed it is not among those that wait, but stays readable. */
  park(id: number): void {
    assert(this.length(id) > 0 && !this.#isParked(id), 'a metric that waits is parked once');
    this.#dequeue(id);
    this.#parked.add(id);
  }

  /**
   * The first arrival with a point in the queue, or undefined when it is empty. Looks at every parked
   * metric: it is for checkpoints, not for points.
   */
  firstArrival(): number | undefined {
    let first =
      this.#oldest === NONE ? Number.POSITIVE_INFINITY : this.#firstArrival.get(this.#oldest);
    for (const id of this.#parked) first = Math.min(first, this.#firstArrival.get(id));
    return first === Number.POSITIVE_INFINITY ? undefined : first;
  }

  /** The sequence that brought the newest point of a metric, written or not; 0 when none did. */
  newestSequence(id: number): number {
    if (id >= this.#tail.length) return 0;
    return 2 ** 32 * Math.floor(this.#newestHigh.get(id) / QUEUE_LOGS_MAX) + this.#newestLow[id];
  }

  /** The log to which `newestSequence` belongs. */
  newestLog(id: number): number {
    return id < this.#tail.length ? this.#newestHigh.get(id) % QUEUE_LOGS_MAX : 0;
  }

  length(id: number): number {
    return id < this.#length.length ? this.#length.get(id) : 0;
  }

  /** Copies the points of a metric, log by log in order of arrival, into `out`; they stay in the queue. */
  copy(id: number, out: QueuedPoints): void {
    const count = this.length(id);
    if (out.timestamps.length < count) {
      out.timestamps = new Float64Array(count * 2);
      out.values = new Float64Array(count * 2);
    }
    out.count = 0;
    if (count === 0) return;
    for (let rest = this.#logs.get(id); rest !== 0; rest &= rest - 1) {
      const log = 31 - Math.clz32(rest & -rest);
      const { timestamps, values } = out;
      out.count = this.#pool.copy(this.#tail[id], count, log, timestamps, values, out.count);
    }
    assert(out.count === count, 'every point is of a log that its metric knows');
  }

  /** Forgets the points of a metric: they are on disk. */
  remove(id: number): void {
    const count = this.length(id);
    assert(count > 0, 'only a metric with points is removed');
    this.#pool.release(this.#tail[id]);
    this.#length.set(id, 0);
    this.points -= count;
    this.metrics--;
    if (this.#isParked(id)) this.#parked.delete(id);
    else this.#dequeue(id);
  }

  /** Mostly none is. */
  #isParked(id: number): boolean {
    return this.#parked.size > 0 && this.#parked.has(id);
  }

  #enqueue(id: number): void {
    this.#before[id] = this.#newest;
    this.#after[id] = NONE;
    if (this.#newest === NONE) this.#oldest = id;
    else this.#after[this.#newest] = id;
    this.#newest = id;
  }

  #dequeue(id: number): void {
    const before = this.#before[id];
    const after = this.#after[id];
    if (before === NONE) this.#oldest = after;
    else this.#after[before] = after;
    if (after === NONE) this.#newest = before;
    else this.#before[after] = before;
  }

  #grow(id: number): void {
    const capacity = grownCapacity(this.#tail.length, id + 1);
    this.#tail = copied(this.#tail, new Int32Array(capacity));
    this.#before = copied(this.#before, new Int32Array(capacity));
    this.#after = copied(this.#after, new Int32Array(capacity));
    this.#length.grow(capacity);
    this.#logs.grow(capacity);
    this.#firstArrival.grow(capacity);
    this.#newestLow = copied(this.#newestLow, new Uint32Array(capacity));
    this.#newestHigh.grow(capacity);
    this.#waitingSinceMs.grow(capacity);
  }
}
