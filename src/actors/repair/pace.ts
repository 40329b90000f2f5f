import { type Clock, sleep } from '../ports/clock.js';

/** A pause shorter than this is left out until more is due: timers are not that fine. */
const PAUSE_MIN_MS = 5;

/** Keeps work at so many bytes a second: whoever has worked waits for as long as that should have taken. */
export class Pace {
  readonly #bytesPerMs: number;
  readonly #clock: Clock;
  #dueMs = 0;

  constructor(bytesPerSecond: number, clock: Clock) {
    this.#bytesPerMs = bytesPerSecond / 1_000;
    this.#clock = clock;
  }

  async worked(bytes: number): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    this.#dueMs = Math.max(this.#dueMs, nowMs) + bytes / this.#bytesPerMs;
    const waitMs = this.#dueMs - nowMs;
    if (waitMs >= PAUSE_MIN_MS) await sleep(this.#clock, waitMs);
    else await this.#clock.yieldNow();
  }
}
