import { expect } from 'chai';
import fc from 'fast-check';
import { JumpKernel } from '../../../../../src/protocols/kernel/hashes/jump-kernel.js';
import { jumpBucket } from '../../../../../src/routing/jump-hash.js';

const kernel = new JumpKernel();

describe('JumpKernel', () => {
  it('finds the buckets that its twin finds', () => {
    const key = fc.tuple(fc.integer(), fc.integer());
    const bucketCount = fc.oneof(
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 65_536 }),
      fc.constantFrom(1, 2, 16, 63, 64, 65),
    );
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 50 }), bucketCount, (keys, count) => {
        const buckets = new Uint16Array(keys.length);
        kernel.buckets(Int32Array.from(keys.flat()), keys.length, count, buckets);
        expect([...buckets]).to.deep.equal(keys.map(([low, high]) => jumpBucket(high, low, count)));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes more keys than go into one call', () => {
    const keys = Int32Array.from({ length: 10_000 }, (_, i) => Math.imul(i, 0x9e3779b1));
    const buckets = new Uint16Array(5_000);
    kernel.buckets(keys, 4_997, 100, buckets);
    for (let i = 0; i < 4_997; i++)
      expect(buckets[i]).to.equal(jumpBucket(keys[2 * i + 1], keys[2 * i], 100));
    expect([...buckets.subarray(4_997)]).to.deep.equal([0, 0, 0]);
  });
});
