import { assert } from '../assert.js';
import { copied, grownCapacity } from './columns.js';

const NONE = -1;
const INITIAL_METRICS = 1024;
const INITIAL_POINTS = 4096;

/** Timestamp, value, the link to the next point and the log that brought it. */
export const BYTES_PER_QUEUED_POINT = 21;

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
 * far the checkpoint may go. Points are in one pool of typed arrays, 21 bytes each, and stay readable until
 * `remove`, which the writer calls once they are in the file.
 *
 * Points of one metric that came by several logs leave it log by log, each in its own order. So where two
 * logs bring the same timestamp, the higher log wins in whatever order the two were read.
 */
export class PointQueue {
  /** Points in the queue. */
  points = 0;
  /** Metrics with at least one point in the queue. */
  metrics = 0;

  #timestamps = new Float64Array(INITIAL_POINTS);
  #values = new Float64Array(INITIAL_POINTS);
  #next = new Int32Array(INITIAL_POINTS);
  #log = new Uint8Array(INITIAL_POINTS);
  #free = NONE;
  #used = 0;

  #head = new Int32Array(INITIAL_METRICS).fill(NONE);
  #tail = new Int32Array(INITIAL_METRICS).fill(NONE);
  #length = new Uint32Array(INITIAL_METRICS);
  /** The logs of the points of a metric, a bit each. */
  #logs = new Uint32Array(INITIAL_METRICS);
  #firstArrival = new Float64Array(INITIAL_METRICS);
  #newestSequence = new Float64Array(INITIAL_METRICS);
  #newestLog = new Uint8Array(INITIAL_METRICS);
  #waitingSinceMs = new Float64Array(INITIAL_METRICS);
  #before = new Int32Array(INITIAL_METRICS).fill(NONE);
  #after = new Int32Array(INITIAL_METRICS).fill(NONE);
  #oldest = NONE;
  #newest = NONE;
  /** 1 for a metric that does not wait with the others: the writer has set it aside. */
  #isParked = new Uint8Array(INITIAL_METRICS);
  readonly #parked = new Set<number>();

  append(id: number, timestamp: number, value: number, arrival: Arrival): void {
    if (id >= this.#head.length) this.#growMetrics(id);
    const point = this.#allocate();
    this.#timestamps[point] = timestamp;
    this.#values[point] = value;
    this.#next[point] = NONE;
    this.#log[point] = arrival.log;
    const tail = this.#tail[id];
    if (tail === NONE) {
      this.#head[id] = point;
      this.#logs[id] = 0;
      this.#firstArrival[id] = arrival.order;
      this.#waitingSinceMs[id] = arrival.atMs;
      this.#enqueue(id);
      this.metrics++;
    } else {
      this.#next[tail] = point;
    }
    this.#tail[id] = point;
    this.#logs[id] |= 1 << arrival.log;
    this.#newestSequence[id] = arrival.sequence;
    this.#newestLog[id] = arrival.log;
    this.#length[id]++;
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
    return this.length(id) > 0 && this.#isParked[id] === 0;
  }

  waitingSinceMs(id: number): number {
    return this.#waitingSinceMs[id];
  }

  /** The timestamp of the first point of a metric that waits, seconds. */
  firstTimestamp(id: number): number {
    return this.#timestamps[this.#head[id]];
  }

  /** Metrics that were set aside. */
  get parked(): number {
    return this.#parked.size;
  }

  /** Sets a metric with points aside: until it is removed it is not among those that wait, but stays readable. */
  park(id: number): void {
    assert(this.length(id) > 0 && this.#isParked[id] === 0, 'a metric that waits is parked once');
    this.#dequeue(id);
    this.#isParked[id] = 1;
    this.#parked.add(id);
  }

  /**
   * The first arrival with a point in the queue, or undefined when it is empty. Looks at every parked
   * metric: it is for checkpoints, not for points.
   */
  firstArrival(): number | undefined {
    let first = this.#oldest === NONE ? Number.POSITIVE_INFINITY : this.#firstArrival[this.#oldest];
    for (const id of this.#parked) first = Math.min(first, this.#firstArrival[id]);
    return first === Number.POSITIVE_INFINITY ? undefined : first;
  }

  /** The sequence that brought the newest point of a metric, written or not; 0 when none did. */
  newestSequence(id: number): number {
    return id < this.#newestSequence.length ? this.#newestSequence[id] : 0;
  }

  /** The log to which `newestSequence` belongs. */
  newestLog(id: number): number {
    return id < this.#newestLog.length ? this.#newestLog[id] : 0;
  }

  length(id: number): number {
    return id < this.#length.length ? this.#length[id] : 0;
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
    for (let rest = this.#logs[id]; rest !== 0; rest &= rest - 1) {
      this.#copyOf(31 - Math.clz32(rest & -rest), id, out);
    }
    assert(out.count === count, 'every point is of a log that its metric knows');
  }

  /** Appends the points of a metric that one log has brought. */
  #copyOf(log: number, id: number, out: QueuedPoints): void {
    let to = out.count;
    for (let point = this.#head[id], left = this.#length[id]; left > 0; left--) {
      if (this.#log[point] === log) {
        out.timestamps[to] = this.#timestamps[point];
        out.values[to++] = this.#values[point];
      }
      point = this.#next[point];
    }
    out.count = to;
  }

  /** Forgets the points of a metric: they are on disk. */
  remove(id: number): void {
    const count = this.length(id);
    assert(count > 0, 'only a metric with points is removed');
    this.#next[this.#tail[id]] = this.#free;
    this.#free = this.#head[id];
    this.#head[id] = NONE;
    this.#tail[id] = NONE;
    this.#length[id] = 0;
    this.points -= count;
    this.metrics--;
    if (this.#isParked[id] === 0) {
      this.#dequeue(id);
      return;
    }
    this.#isParked[id] = 0;
    this.#parked.delete(id);
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

  #allocate(): number {
    if (this.#free !== NONE) {
      const point = this.#free;
      this.#free = this.#next[point];
      return point;
    }
    if (this.#used === this.#next.length) this.#growPoints();
    return this.#used++;
  }

  #growPoints(): void {
    const capacity = grownCapacity(this.#next.length, this.#used + 1);
    this.#timestamps = copied(this.#timestamps, new Float64Array(capacity));
    this.#values = copied(this.#values, new Float64Array(capacity));
    this.#next = copied(this.#next, new Int32Array(capacity));
    this.#log = copied(this.#log, new Uint8Array(capacity));
  }

  #growMetrics(id: number): void {
    const capacity = grownCapacity(this.#head.length, id + 1);
    this.#head = copied(this.#head, new Int32Array(capacity).fill(NONE));
    this.#tail = copied(this.#tail, new Int32Array(capacity).fill(NONE));
    this.#before = copied(this.#before, new Int32Array(capacity).fill(NONE));
    this.#after = copied(this.#after, new Int32Array(capacity).fill(NONE));
    this.#length = copied(this.#length, new Uint32Array(capacity));
    this.#isParked = copied(this.#isParked, new Uint8Array(capacity));
    this.#logs = copied(this.#logs, new Uint32Array(capacity));
    this.#firstArrival = copied(this.#firstArrival, new Float64Array(capacity));
    this.#newestSequence = copied(this.#newestSequence, new Float64Array(capacity));
    this.#newestLog = copied(this.#newestLog, new Uint8Array(capacity));
    this.#waitingSinceMs = copied(this.#waitingSinceMs, new Float64Array(capacity));
  }
}
