/**
 * How V8 is set for the process of a role. A node keeps what lives long outside of V8's heap, and what it makes besides dies
 * at once: with a small young generation it takes some 35 MB less, and no more time.
 */
export const V8_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  node: ['--max-semi-space-size=4'],
};
