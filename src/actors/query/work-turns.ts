import type { Turns } from '../../query/evaluation.js';
import type { Clock } from '../ports/clock.js';

/** Work without a pause, after which sockets and other requests are served. */
export class WorkTurns implements Turns {
  readonly #clock: Clock;
  readonly #turnMs: number;
  readonly #checkWanted: () => void;
  #endMs = 0;

  /**
   * @param turnMs how long work goes on before others have a turn
   * @param checkWanted throws when nobody waits for the work any more
   */
  constructor(clock: Clock, turnMs: number, checkWanted: () => void) {
    this.#clock = clock;
    this.#turnMs = turnMs;
    this.#checkWanted = checkWanted;
    this.begin();
  }

  begin(): void {
    this.#endMs = this.#clock.monotonicMs() + this.#turnMs;
  }

  isOver(): boolean {
    return this.#clock.monotonicMs() >= this.#endMs;
  }

  /** Errors: those of `checkWanted`. */
  async next(): Promise<void> {
    await this.#clock.yieldNow();
    this.#checkWanted();
    this.begin();
  }
}
