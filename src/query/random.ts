/** FNV-1a, of 32 bits. */
const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;

/**
 * Numbers from 0 to less than 1 that look like chance, the same ones for the same seed and key: good enough
 * for a series to look at, and for nothing that has to be secret (mulberry32).
 */
export function randomNumbers(seed: number, key: string): () => number {
  let state = hash(`${seed} ${key}`);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function hash(text: string): number {
  let value = HASH_START;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), HASH_FACTOR);
  return value;
}
