import type { Cancel, Clock } from '../actors/ports/clock.js';
import { limited, within } from './limited-work.js';

/** Those who have yielded go on within this time of one turn; the others in the next, after sockets and timers. */
const TURN_MS = 2;
let turnEndsMs = 0;

/** Each of many who work in slices would else have its slice before a socket is looked at again. */
function goOn(resolve: () => void): void {
  const nowMs = performance.now();
  if (turnEndsMs === 0) {
    turnEndsMs = nowMs + TURN_MS;
    setImmediate(() => {
      turnEndsMs = 0;
    });
  }
  if (nowMs < turnEndsMs) resolve();
  else setImmediate(goOn, resolve);
}

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
  yieldNow: () => new Promise((resolve) => setImmediate(goOn, resolve)),
  limited,
  within,
};
