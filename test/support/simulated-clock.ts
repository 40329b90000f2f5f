import { SimulatedClock as Timers } from 'xstate';
import type { Clock } from '../../src/clock.js';

/** A clock that stands still until it is told to advance; then its timers run in order, at once. */
export class SimulatedClock implements Clock {
  readonly #timers = new Timers();
  readonly #epochMs: number;

  constructor(epochMs = 1_700_000_000_000) {
    this.#epochMs = epochMs;
  }

  nowMs(): number {
    return this.#epochMs + this.#timers.now();
  }

  monotonicMs(): number {
    return this.#timers.now();
  }

  setTimeout(run: () => void, delayMs: number): unknown {
    return this.#timers.setTimeout(run, delayMs);
  }

  clearTimeout(timer: unknown): void {
    this.#timers.clearTimeout(timer as number);
  }

  advance(ms: number): void {
    this.#timers.increment(ms);
  }
}
