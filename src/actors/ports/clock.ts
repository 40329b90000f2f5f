/** Stops a timer; calling it again does nothing. */
export type Cancel = () => void;

/** Time, as actors see it: the system's in a process, simulated in tests. */
export interface Clock {
  /** The time of day, in milliseconds since the epoch. It may jump. */
  nowMs(): number;
  /** For durations: milliseconds since some fixed moment. It never goes back. */
  monotonicMs(): number;
  after(delayMs: number, run: () => void): Cancel;
  every(intervalMs: number, run: () => void): Cancel;
  /** Resolves after sockets and timers that are due have been served. */
  yieldNow(): Promise<void>;
}

export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}
