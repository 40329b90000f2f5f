/** Seeds whose worlds went wrong once, each with what it found. */
export const SEEDS: readonly (readonly [seed: number, found: string])[] = [
  [131, 'a file that goes by two names was never repaired'],
  [
    146,
    'roll-ups that a kill had prevented stayed away, and points behind a lost beginning of a ring',
  ],
  [663, 'one metric that nobody could repair kept all others from being compared'],
];
