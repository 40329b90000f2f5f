/** Small seeded generator (mulberry32): the same seed gives the same test. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed of a test run: from the environment, to repeat one, else from the time. Printed by the test. */
export function seedOf(variable: string): number {
  return Number(process.env[variable] ?? Date.now() % 1_000_000);
}
