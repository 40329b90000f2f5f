import type { Asked } from '../../protocols/messages.js';
import type { Clock } from '../ports/clock.js';

/** A request in hand. */
export interface OpenRequest {
  /** Whether somebody still waits for the answer: it was not cancelled, and its time is not over. */
  readonly isWanted: () => boolean;
  /** Has `run` called once the answer is written. */
  readonly onClose: (run: () => void) => void;
  close(): void;
}

/** The requests that a node works on, those of them that may be cancelled by their ids. */
export class OpenRequests {
  readonly #clock: Clock;
  /** By id; true for one that was cancelled. */
  readonly #cancelled = new Map<string, boolean>();
  #open = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#open;
  }

  /** @param asked who waits for it, and how long; without it somebody always does */
  open(asked: Asked | undefined): OpenRequest {
    this.#open++;
    const closings: (() => void)[] = [];
    const close = (): void => {
      this.#open--;
      if (asked !== undefined) this.#cancelled.delete(asked.id);
      for (const run of closings) run();
    };
    const onClose = (run: () => void): void => void closings.push(run);
    if (asked === undefined) return { isWanted: () => true, onClose, close };
    const { id, withinMs } = asked;
    const endMs = this.#clock.monotonicMs() + withinMs;
    this.#cancelled.set(id, false);
    return {
      isWanted: () => this.#cancelled.get(id) === false && this.#clock.monotonicMs() < endMs,
      onClose,
      close,
    };
  }

  /** Nobody waits any more; of one that is done nobody did. */
  cancel(id: string): void {
    if (this.#cancelled.has(id)) this.#cancelled.set(id, true);
  }
}
