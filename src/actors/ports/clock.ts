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
  /**
   * The result of synchronous work that may never end by itself, such as a regular expression that somebody
   * wrote. Throws a CarbonbusError `TOOK_TOO_LONG` when it is not done after `limitMs`; work that had hardly any of a processor
   * in that time is run again, a few times at most.
   */
  limited<T>(work: () => T, limitMs: number): T;
  /** The result of synchronous work; a CarbonbusError `TOOK_TOO_LONG` when `limitMs` have passed. */
  within<T>(work: () => T, limitMs: number): T;
}

export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}

/** Resolves when `work` has, or after `limitMs`, whichever is first. Tells which. */
export async function within(
  clock: Clock,
  limitMs: number,
  work: Promise<unknown>,
): Promise<'done' | 'late'> {
  let cancel: Cancel = () => undefined;
  const late = new Promise<'late'>((resolve) => {
    cancel = clock.after(limitMs, () => resolve('late'));
  });
  try {
    return await Promise.race([work.then(() => 'done' as const), late]);
  } finally {
    cancel();
  }
}
