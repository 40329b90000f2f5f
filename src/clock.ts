/** Time as the inner folders see it: always a parameter, so that tests and simulations can turn it. */
export interface Clock {
  /** The time of day: milliseconds since the epoch. It may jump. */
  nowMs(): number;
  /** For durations: milliseconds since some fixed moment. It never goes back. */
  monotonicMs(): number;
  /** Runs `run` once, after `delayMs`; the result is for `clearTimeout`. */
  setTimeout(run: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}
