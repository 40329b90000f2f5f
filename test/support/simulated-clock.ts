import { SimulatedClock as Timers } from 'xstate';
import type { Cancel, Clock } from '../../src/actors/ports/clock.js';

/** A clock that stands still until it is told to advance; then its timers run in order, at once. */
export class SimulatedClock implements Clock {
  readonly #timers = new Timers();
  #epochMs: number;

  constructor(epochMs = 1_700_000_000_000) {
    this.#epochMs = epochMs;
  }

  nowMs(): number {
    return this.#epochMs + this.#timers.now();
  }

  monotonicMs(): number {
    return this.#timers.now();
  }

  after(delayMs: number, run: () => void): Cancel {
    const timer = this.#timers.setTimeout(run, delayMs);
    return () => this.#timers.clearTimeout(timer);
  }

  every(intervalMs: number, run: () => void): Cancel {
    const again = (): void => {
      cancel = this.after(intervalMs, again);
      run();
    };
    let cancel = this.after(intervalMs, again);
    return () => cancel();
  }

  yieldNow(): Promise<void> {
    return Promise.resolve();
  }

  /** Time stands still meanwhile: only the system's clock can end what takes too long. */
  limited<T>(work: () => T, _limitMs?: number): T {
    return work();
  }

  within<T>(work: () => T): T {
    return work();
  }

  advance(ms: number): void {
    this.#timers.increment(ms);
  }

  /** Somebody sets the time of day, forward or back; nothing else passes. */
  jump(ms: number): void {
    this.#epochMs += ms;
  }
}
