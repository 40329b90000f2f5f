import type { Turns } from '../../query/evaluation.js';
import type { Clock } from '../ports/clock.js';
import type { LongWorkPace } from './long-work-pace.js';

/** Work without a pause, after which sockets and other requests are served. */
export class WorkTurns implements Turns {
  readonly #clock: Clock;
  readonly #pace: LongWorkPace;
  readonly #turnMs: number;
  readonly #checkWanted: () => void;
  #beganMs = 0;

  /**
   * @param turnMs how long work goes on before others have a turn
   * @param checkWanted throws when nobody waits for the work any more
   */
  constructor(clock: Clock, pace: LongWorkPace, turnMs: number, checkWanted: () => void) {
    this.#clock = clock;
    this.#pace = pace;
    this.#turnMs = turnMs;
    this.#checkWanted = checkWanted;
    this.begin();
  }

  begin(): void {
    this.#beganMs = this.#clock.monotonicMs();
  }

  isOver(): boolean {
    return this.#clock.monotonicMs() - this.#beganMs >= this.#turnMs;
  }

  /** Errors: those of `checkWanted`. */
  async next(): Promise<void> {
    await this.#pace.rest(this.#beganMs);
    this.#checkWanted();
    this.begin();
  }
}
