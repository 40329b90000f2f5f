/**
 * FNV-1a 64 as carbon-c-relay computes it (its `fnv1a.h`): each byte is a signed char, so a byte above
 * 0x7f is XORed in sign-extended to 64 bits. ASCII names hash as in any other FNV-1a.
 *
 * A 64-bit value is two 32-bit halves, `into[0]` the high and `into[1]` the low one: BigInt would
 * allocate for every byte.
 */

const OFFSET_HIGH = 0xcbf29ce4 | 0;
const OFFSET_LOW = 0x84222325 | 0;
/** The prime is 2^40 + 435: a multiplication by 435, and the low half shifted into the high one. */
const PRIME_LOW = 435;

/** Hashes `bytes[start, end)` into the two halves of `into`. */
export function fnv1a64(bytes: Uint8Array, start: number, end: number, into: Int32Array): void {
  let high = OFFSET_HIGH;
  let low = OFFSET_LOW;
  for (let i = start; i < end; i++) {
    const char = (bytes[i] << 24) >> 24;
    low ^= char;
    high ^= char >> 31;
    const carry =
      (Math.imul(low >>> 16, PRIME_LOW) + (Math.imul(low & 0xffff, PRIME_LOW) >>> 16)) >>> 16;
    high = (Math.imul(high, PRIME_LOW) + (low << 8) + carry) | 0;
    low = Math.imul(low, PRIME_LOW);
  }
  into[0] = high;
  into[1] = low;
}
