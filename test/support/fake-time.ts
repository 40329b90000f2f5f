import type { SimulatedClock } from './simulated-clock.js';

/** Lets every promise that can settle without the clock settle. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Moves the clock on in steps, and lets promises settle after each. */
export async function pass(clock: SimulatedClock, ms: number, stepMs = 50): Promise<void> {
  await settled();
  for (let left = ms; left > 0; left -= stepMs) {
    clock.advance(Math.min(stepMs, left));
    await settled();
  }
}

/** How a promise stands: it must not be waited for when it may hang. */
export function watch<T>(promise: Promise<T>): {
  state: 'pending' | 'resolved' | 'rejected';
  value: T | undefined;
  error: { code?: string; message?: string } | undefined;
} {
  const watched: ReturnType<typeof watch<T>> = {
    state: 'pending',
    value: undefined,
    error: undefined,
  };
  promise.then(
    (value) => Object.assign(watched, { state: 'resolved', value }),
    (error) => Object.assign(watched, { state: 'rejected', error }),
  );
  return watched;
}
