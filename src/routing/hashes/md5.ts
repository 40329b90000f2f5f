/**
 * MD5 (RFC 1321) of short names, for its first 16 bits alone. `node:crypto` takes about 3 us for each name, most of it
 * for crossing into C++ and making objects; this takes a tenth of that and allocates nothing.
 */

const BLOCK_BYTES = 64;
/** A block must have room for the marker and the 64-bit length behind the last byte. */
const LENGTH_AT = 56;

/** floor(2^32 * abs(sin(i + 1))), the constants of the 64 steps. */
const SINES = Int32Array.from({ length: 64 }, (_, i) => Math.abs(Math.sin(i + 1)) * 2 ** 32);

const words = new Int32Array(16);
const state = new Int32Array(4);

/** The first two bytes of the MD5 of `bytes[start, end)`, big-endian: 0 to 65535. */
export function md5Prefix(bytes: Uint8Array, start: number, end: number): number {
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  let at = start;
  for (; end - at >= BLOCK_BYTES; at += BLOCK_BYTES) {
    load(bytes, at, at + BLOCK_BYTES);
    mix();
  }
  load(bytes, at, end);
  const rest = end - at;
  words[rest >> 2] |= 0x80 << ((rest & 3) << 3);
  if (rest >= LENGTH_AT) {
    mix();
    words.fill(0);
  }
  words[14] = (end - start) << 3;
  words[15] = (end - start) >>> 29;
  mix();
  return ((state[0] & 0xff) << 8) | ((state[0] >>> 8) & 0xff);
}

/** `bytes[start, end)`, at most a block, as little-endian words; zeros behind it. */
function load(bytes: Uint8Array, start: number, end: number): void {
  const whole = start + ((end - start) & ~3);
  let word = 0;
  let p = start;
  for (; p < whole; p += 4) {
    words[word++] = bytes[p] | (bytes[p + 1] << 8) | (bytes[p + 2] << 16) | (bytes[p + 3] << 24);
  }
  for (let i = word; i < 16; i++) words[i] = 0;
  for (let shift = 0; p < end; p++, shift += 8) words[word] |= bytes[p] << shift;
}

/** Mixes `words` into `state`: four rounds, each of 16 steps that rotate by four amounts in turn. */
function mix(): void {
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  for (let i = 0; i < 16; i += 4) {
    a = rotated((a + ((b & c) | (~b & d)) + words[i] + SINES[i]) | 0, 7, b);
    d = rotated((d + ((a & b) | (~a & c)) + words[i + 1] + SINES[i + 1]) | 0, 12, a);
    c = rotated((c + ((d & a) | (~d & b)) + words[i + 2] + SINES[i + 2]) | 0, 17, d);
    b = rotated((b + ((c & d) | (~c & a)) + words[i + 3] + SINES[i + 3]) | 0, 22, c);
  }
  for (let i = 16; i < 32; i += 4) {
    const k = 5 * i + 1;
    a = rotated((a + ((b & d) | (c & ~d)) + words[k & 15] + SINES[i]) | 0, 5, b);
    d = rotated((d + ((a & c) | (b & ~c)) + words[(k + 5) & 15] + SINES[i + 1]) | 0, 9, a);
    c = rotated((c + ((d & b) | (a & ~b)) + words[(k + 10) & 15] + SINES[i + 2]) | 0, 14, d);
    b = rotated((b + ((c & a) | (d & ~a)) + words[(k + 15) & 15] + SINES[i + 3]) | 0, 20, c);
  }
  for (let i = 32; i < 48; i += 4) {
    const k = 3 * i + 5;
    a = rotated((a + (b ^ c ^ d) + words[k & 15] + SINES[i]) | 0, 4, b);
    d = rotated((d + (a ^ b ^ c) + words[(k + 3) & 15] + SINES[i + 1]) | 0, 11, a);
    c = rotated((c + (d ^ a ^ b) + words[(k + 6) & 15] + SINES[i + 2]) | 0, 16, d);
    b = rotated((b + (c ^ d ^ a) + words[(k + 9) & 15] + SINES[i + 3]) | 0, 23, c);
  }
  for (let i = 48; i < 64; i += 4) {
    const k = 7 * i;
    a = rotated((a + (c ^ (b | ~d)) + words[k & 15] + SINES[i]) | 0, 6, b);
    d = rotated((d + (b ^ (a | ~c)) + words[(k + 7) & 15] + SINES[i + 1]) | 0, 10, a);
    c = rotated((c + (a ^ (d | ~b)) + words[(k + 14) & 15] + SINES[i + 2]) | 0, 15, d);
    b = rotated((b + (d ^ (c | ~a)) + words[(k + 21) & 15] + SINES[i + 3]) | 0, 21, c);
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

function rotated(sum: number, bits: number, plus: number): number {
  return (((sum << bits) | (sum >>> (32 - bits))) + plus) | 0;
}
