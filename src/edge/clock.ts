import { setImmediate } from 'node:timers/promises';
import type { Cancel, Clock } from '../actors/ports/clock.js';
import { limited } from './limited-work.js';

/** The clock and the timers of the system. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs: number, run: () => void): Cancel {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  every(intervalMs: number, run: () => void): Cancel {
    const timer = setInterval(run, intervalMs);
    return () => clearInterval(timer);
  },
  yieldNow: () => setImmediate(),
  limited,
};
