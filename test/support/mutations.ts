import type { Random } from './random.js';

/** Bytes at which decoders count, compare or end something. */
const TELLING_BYTES = [0, 1, 0x0a, 0x0d, 0x20, 0x28, 0x2e, 0x3a, 0x7c, 0x7f, 0x80, 0x8b, 0xff];
const RANDOM_BYTES_MAX = 64;

/** An input made from good ones: changed, cut, repeated and joined at random, and now and then not from them at all. */
export function mutated(random: Random, corpus: readonly Uint8Array[]): Buffer {
  let bytes = random.chance(0.05)
    ? randomBytes(random, RANDOM_BYTES_MAX)
    : Buffer.from(random.pick(corpus));
  for (let left = random.int(1, 6); left > 0; left--) bytes = mutatedOnce(random, bytes, corpus);
  return bytes;
}

/** The pieces of an input as a network may deliver them. */
export function pieces(random: Random, bytes: Buffer): Buffer[] {
  const cuts = Array.from({ length: random.int(0, 3) }, () => random.int(0, bytes.length));
  const ends = [...cuts, bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

function mutatedOnce(random: Random, bytes: Buffer, corpus: readonly Uint8Array[]): Buffer {
  const from = random.int(0, bytes.length);
  const to = random.int(from, Math.min(bytes.length, from + 40));
  const head = bytes.subarray(0, from);
  const tail = bytes.subarray(to);
  switch (random.int(0, 6)) {
    case 0:
      return Buffer.concat([head, tail]);
    case 1:
      return Buffer.concat([head, bytes.subarray(from, to), bytes.subarray(from, to), tail]);
    case 2:
      return Buffer.concat([head, randomBytes(random, 8), tail]);
    case 3:
      return Buffer.concat([head, Buffer.of(random.pick(TELLING_BYTES)), tail]);
    case 4:
      return Buffer.concat([head, random.pick(corpus), tail]);
    case 5:
      return Buffer.from(head);
    default:
      return flipped(random, bytes);
  }
}

function flipped(random: Random, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[random.int(0, copy.length - 1)] ^= 1 << random.int(0, 7);
  return copy;
}

function randomBytes(random: Random, lengthMax: number): Buffer {
  return Buffer.from(Array.from({ length: random.int(0, lengthMax) }, () => random.int(0, 255)));
}
