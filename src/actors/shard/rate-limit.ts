/**
 * A token bucket: so many events in a period, spent as fast as wanted; an infinite rate is no limit.
 * Shared by all replicas of a node.
 */
export class RateLimit {
  #perMs: number;
  #burst: number;
  #tokens: number;
  #filledAtMs = Number.NEGATIVE_INFINITY;

  /** @param events in `periodMs`; `Infinity` for no limit */
  constructor(events: number, periodMs: number) {
    this.#perMs = events / periodMs;
    this.#burst = Math.max(1, events);
    this.#tokens = this.#burst;
  }

  /** Changes the rate from now on. */
  become(events: number, periodMs: number): void {
    this.#perMs = events / periodMs;
    this.#burst = Math.max(1, events);
    this.#tokens = Math.min(this.#tokens, this.#burst);
  }

  get unlimited(): boolean {
    return this.#perMs === Number.POSITIVE_INFINITY;
  }

  /** Whether one event may happen now. */
  allows(nowMs: number): boolean {
    if (this.unlimited) return true;
    if (nowMs > this.#filledAtMs) {
      const added = (nowMs - this.#filledAtMs) * this.#perMs;
      this.#tokens = Math.min(this.#burst, this.#tokens + added);
      this.#filledAtMs = nowMs;
    }
    return this.#tokens >= 1;
  }

  /** As `allows`; if so the event is counted. */
  take(nowMs: number): boolean {
    if (!this.allows(nowMs)) return false;
    if (!this.unlimited) this.#tokens--;
    return true;
  }
}

/** The limits of a node on what its replicas write. */
export class WriteLimits {
  readonly updates: RateLimit;
  readonly creates: RateLimit;
  readonly #onShutdown: number;

  constructor(settings: {
    maxUpdatesPerSecond: number;
    maxUpdatesPerSecondOnShutdown: number;
    maxCreatesPerMinute: number;
  }) {
    this.updates = new RateLimit(settings.maxUpdatesPerSecond, 1_000);
    this.creates = new RateLimit(settings.maxCreatesPerMinute, 60_000);
    this.#onShutdown = settings.maxUpdatesPerSecondOnShutdown;
  }

  /** From now on the rate for a node that stops counts. */
  shutDown(): void {
    this.updates.become(this.#onShutdown, 1_000);
  }
}
