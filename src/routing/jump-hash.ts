import { assert } from '../assert.js';
import { fnv1a64 } from './hashes/fnv1a.js';
import { highProduct } from './hashes/product.js';

/** 2862933555777941757, the multiplier of the generator in the paper, as two halves. */
const MULTIPLIER_HIGH = 0x27bb2ee6;
const MULTIPLIER_LOW = 0x87b0b0fd | 0;

const hash = new Int32Array(2);

/**
 * Jump consistent hash (Lamping and Veach, 2014): the bucket in [0, bucketCount) of a 64-bit key, given
 * as its two 32-bit halves. With one bucket more, 1 in bucketCount + 1 keys move, all to the new one.
 */
export function jumpBucket(high: number, low: number, bucketCount: number): number {
  assert(bucketCount >= 1, 'there is a bucket to choose');
  let keyHigh = high | 0;
  let keyLow = low | 0;
  let bucket = 0;
  for (;;) {
    keyHigh =
      (Math.imul(keyHigh, MULTIPLIER_LOW) +
        Math.imul(keyLow, MULTIPLIER_HIGH) +
        highProduct(keyLow, MULTIPLIER_LOW)) |
      0;
    keyLow = (Math.imul(keyLow, MULTIPLIER_LOW) + 1) | 0;
    if (keyLow === 0) keyHigh = (keyHigh + 1) | 0;
    const next = (bucket + 1) * (0x80000000 / ((keyHigh >>> 1) + 1));
    if (next >= bucketCount) return bucket;
    bucket = next | 0;
  }
}

/**
 * The shard, in [0, shardCount), of the metric whose name is `bytes[start, end)`: carbon-c-relay's
 * `jump_fnv1a_ch`. For every point: no allocation.
 */
export function shardOf(bytes: Uint8Array, start: number, end: number, shardCount: number): number {
  fnv1a64(bytes, start, end, hash);
  return jumpBucket(hash[0], hash[1], shardCount);
}
