/**
 * MurmurHash3, x86, 32 bits (Austin Appleby, public domain), seed 0, of `bytes[start, end)`: a signed integer, as the
 * Python module `mmh3` gives it.
 */
export function murmur3(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  const whole = start + ((end - start) & ~3);
  let p = start;
  for (; p < whole; p += 4) {
    const word = bytes[p] | (bytes[p + 1] << 8) | (bytes[p + 2] << 16) | (bytes[p + 3] << 24);
    hash ^= scrambled(word);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let shift = 0; p < end; p++, shift += 8) tail |= bytes[p] << shift;
  hash ^= scrambled(tail);
  hash ^= end - start;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function scrambled(word: number): number {
  const product = Math.imul(word, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}
