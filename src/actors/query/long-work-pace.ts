import { type Clock, sleep } from '../ports/clock.js';

/** For so long after a short question others are expected. */
const BESIDE_MS = 1_000;
/** How long long work rests for each millisecond of it: it takes a third of the time. */
export const REST_PER_WORK = 2;
/** A shorter rest is left out until more is due: timers are not that fine. */
const REST_MIN_MS = 1;
const REST_MAX_MS = 50;

/**
 * Keeps what is done for long requests to a part of a thread's time while short ones come. One turn of the event loop between
 * two slices of work is not enough: a short request needs several turns, and would wait for a slice in each of them.
 */
export class LongWorkPace {
  readonly #clock: Clock;
  /** When a short question was answered last. */
  #shortMs = Number.NEGATIVE_INFINITY;
  /** When the rest from all work up to now is over. */
  #restedMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A question was answered in one: others like it may come. */
  noteShort(): void {
    this.#shortMs = this.#clock.monotonicMs();
  }

  /** Whether others ask short questions. */
  get isBeside(): boolean {
    return this.#clock.monotonicMs() - this.#shortMs < BESIDE_MS;
  }

  /** Lets others have their turn after work that began then; while short questions come, for as long as is due. */
  async rest(beganMs: number): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const restedMs = Math.max(this.#restedMs, beganMs) + (nowMs - beganMs) * (1 + REST_PER_WORK);
    this.#restedMs = Math.min(restedMs, nowMs + REST_MAX_MS);
    const dueMs = this.#restedMs - nowMs;
    if (dueMs >= REST_MIN_MS && this.isBeside) await sleep(this.#clock, dueMs);
    else await this.#clock.yieldNow();
  }
}
