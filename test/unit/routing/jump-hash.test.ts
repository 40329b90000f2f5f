import { expect } from 'chai';
import fc from 'fast-check';
import { fnv1a64 } from '../../../src/routing/hashes/fnv1a.js';
import { jumpBucket, shardOf } from '../../../src/routing/jump-hash.js';
import { shardOfName } from '../../support/shard-of.js';

const MASK = (1n << 64n) - 1n;

function halves(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** The hash as its definition reads, in BigInt. */
function plainFnv(bytes: Uint8Array): bigint {
  let hash = 14695981039346656037n;
  for (const byte of bytes)
    hash = ((hash ^ (BigInt((byte << 24) >> 24) & MASK)) * 1099511628211n) & MASK;
  return hash;
}

function plainJump(start: bigint, bucketCount: number): number {
  let key = start;
  let bucket = -1;
  for (let next = 0; next < bucketCount; ) {
    bucket = next;
    key = (key * 2862933555777941757n + 1n) & MASK;
    next = Math.floor((bucket + 1) * (2 ** 31 / (Number(key >> 33n) + 1)));
  }
  return bucket;
}

describe('the hash of a shard', () => {
  it('is FNV-1a 64 on signed bytes, at any place of a buffer', () => {
    const hash = new Int32Array(2);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(5), (name, offset) => {
        const bytes = new Uint8Array(name.length + 2 * offset).fill(7);
        bytes.set(name, offset);
        fnv1a64(bytes, offset, offset + name.length, hash);
        expect(halves(hash[0], hash[1])).to.equal(plainFnv(name));
      }),
    );
  });

  it('jumps as the paper says', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer(),
        fc.integer({ min: 1, max: 100_000 }),
        (high, low, bucketCount) => {
          expect(jumpBucket(high, low, bucketCount)).to.equal(
            plainJump(halves(high, low), bucketCount),
          );
        },
      ),
    );
  });

  it('carries out of the low half when the product ends in ones', () => {
    // key * multiplier = 2^64 - 1, so that the generator steps to 0 and the first jump goes beyond all.
    const key = -inverseOfMultiplier() & MASK;
    const high = Number(BigInt.asIntN(32, key >> 32n));
    const low = Number(BigInt.asIntN(32, key));
    expect(plainJump(key, 1000)).to.equal(0);
    expect(jumpBucket(high, low, 1000)).to.equal(0);
  });

  it('takes names as bytes or as text', () => {
    const bytes = Buffer.from('xxservers.web01.größe');
    expect(shardOf(bytes, 2, bytes.length, 16)).to.equal(shardOfName('servers.web01.größe', 16));
  });
});

/** Newton's iteration: each round doubles the number of right low bits. */
function inverseOfMultiplier(): bigint {
  const multiplier = 2862933555777941757n;
  let inverse = 1n;
  for (let i = 0; i < 6; i++) inverse = (inverse * (2n - multiplier * inverse)) & MASK;
  return inverse;
}
