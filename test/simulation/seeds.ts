/** Seeds whose worlds went wrong once, each with what it found. */
export const SEEDS: readonly (readonly [seed: number, found: string])[] = [];
