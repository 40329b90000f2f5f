import { SimulatedClock } from './simulated-clock.js';

/** A clock on which each look takes a millisecond, and whose turns are given one by one. */
export class SlowClock extends SimulatedClock {
  #spentMs = 0;
  readonly #turns: (() => void)[] = [];
  holds = false;

  override monotonicMs(): number {
    return super.monotonicMs() + this.#spentMs++;
  }

  override yieldNow(): Promise<void> {
    return this.holds ? new Promise((resolve) => this.#turns.push(resolve)) : Promise.resolve();
  }

  get waiting(): number {
    return this.#turns.length;
  }

  giveTurn(): void {
    for (const wake of this.#turns.splice(0)) wake();
  }
}
