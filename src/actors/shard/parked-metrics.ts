import type { PointQueue } from '../../storage/point-queue.js';

/** A file that cannot be written is tried again after this long; its points stay in the queue. */
const RETRY_FILE_MS = 10_000;

/**
 * Metrics that the writer has set aside: their file cannot be written for now, or may not be made yet. Their
 * points stay in the queue, readable, and their log sequences hold the checkpoint back.
 */
export class ParkedMetrics {
  readonly #queue: PointQueue;
  /** When to try again, in the order of trying: the delay is the same for all. */
  readonly #retryAtMs = new Map<number, number>();
  /** Metrics whose file is to be made when the limit allows, in the order in which they were deferred. */
  readonly #deferred = new Set<number>();

  constructor(queue: PointQueue) {
    this.#queue = queue;
  }

  /** Metrics whose file could not be written. */
  get refused(): number {
    return this.#retryAtMs.size;
  }

  /** Metrics whose file may not be made yet. */
  get deferred(): number {
    return this.#deferred.size;
  }

  get isEmpty(): boolean {
    return this.#retryAtMs.size === 0 && this.#deferred.size === 0;
  }

  /**
   * The metric that comes next, or undefined when none may.
   * @param mayCreate asked once for a metric whose file is to be made
   */
  next(nowMs: number, mayCreate: () => boolean): number | undefined {
    for (const [id, retryAtMs] of this.#retryAtMs) {
      if (retryAtMs > nowMs) break;
      return id;
    }
    for (const id of this.#deferred) {
      return mayCreate() ? id : undefined;
    }
    return undefined;
  }

  /** The file of the metric may not be made yet. */
  deferCreate(id: number): void {
    this.#queue.park(id);
    this.#deferred.add(id);
  }

  /** The file of the metric could not be written. */
  failed(id: number, nowMs: number): 'first' | 'again' {
    const again = this.#retryAtMs.delete(id);
    this.#retryAtMs.set(id, nowMs + RETRY_FILE_MS);
    if (this.#queue.isWaiting(id)) this.#queue.park(id);
    this.#deferred.delete(id);
    return again ? 'again' : 'first';
  }

  /** The points of the metric are written, or gone. */
  forget(id: number): void {
    this.#retryAtMs.delete(id);
    this.#deferred.delete(id);
  }
}
