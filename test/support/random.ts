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

/** Random choices for a test that makes many. */
export class Random {
  readonly seed: number;
  readonly #next: () => number;

  /** @param seed by default that of the environment's `SEED`, else of the clock */
  constructor(seed = seedOf('SEED')) {
    this.seed = seed;
    this.#next = seeded(seed);
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.#next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(0, from.length - 1)];
  }
}
