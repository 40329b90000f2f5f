import type { Cancel, Clock } from '../ports/clock.js';

/** Lets the machines' delays run on the clock of the process (or of the test). */
export function machineClock(clock: Clock): {
  setTimeout(run: (...args: unknown[]) => void, delayMs: number): Cancel;
  clearTimeout(timer: Cancel): void;
} {
  return {
    setTimeout: (run, delayMs) => clock.after(delayMs, run),
    clearTimeout: (cancel) => cancel(),
  };
}
