/*
 * FNV-1a (Fowler, Noll, Vo). carbon-c-relay's (its `fnv1a.h`) reads each byte as a signed char, so a byte above 0x7f is
 * XORed in sign-extended. ASCII names hash as in any other FNV-1a.
 *
 * A 64-bit value is two 32-bit halves, `into[0]` the high and `into[1]` the low one: BigInt would
 * allocate for every byte.
 */

const OFFSET_HIGH = 0xcbf29ce4 | 0;
const OFFSET_LOW = 0x84222325 | 0;
/** The prime is 2^40 + 435: a multiplication by 435, and the low half shifted into the high one. */
const PRIME_LOW = 435;

const OFFSET_32 = 0x811c9dc5;
const PRIME_32 = 0x01000193;

/** FNV-1a 32 of `bytes[start, end)`, 0 to 2^32 - 1. */
export function fnv1a32(bytes: Uint8Array, start: number, end: number): number {
  let hash = OFFSET_32;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i], PRIME_32);
  return hash >>> 0;
}

/** As `fnv1a32`, of signed chars: what carbon-c-relay computes. */
export function fnv1a32Signed(bytes: Uint8Array, start: number, end: number): number {
  let hash = OFFSET_32;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ ((bytes[i] << 24) >> 24), PRIME_32);
  return hash >>> 0;
}

/** Hashes `bytes[start, end)` into the two halves of `into`, as carbon-c-relay does. */
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
