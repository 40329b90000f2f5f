import { expect } from 'chai';
import fc from 'fast-check';
import { Batch } from '../../../../src/storage/whisper/batch.js';

describe('Batch', () => {
  it('is what a map by second gives, in order, whatever the order of arrival', () => {
    const batch = new Batch();
    const point = fc.tuple(
      fc.oneof(fc.integer({ min: -3, max: 40 }), fc.constantFrom(2 ** 32 - 1, 2 ** 32, Number.NaN)),
      fc.double({ min: 0, max: 0.9, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(point, { maxLength: 3000 }), (points) => {
        const timestamps = points.map(([second, fraction]) => second + fraction);
        const model = new Map<number, number>();
        for (const [i, timestamp] of timestamps.entries()) {
          const second = Math.trunc(timestamp);
          if (second >= 0 && second < 2 ** 32) model.set(Math.abs(second), i);
        }
        batch.load(
          timestamps,
          timestamps.map((_, i) => i),
          timestamps.length,
        );
        const loaded = Array.from({ length: batch.count }, (_, i) => [
          Math.abs(batch.timestamps[i]),
          batch.values[i],
        ]);
        expect(loaded).to.deep.equal([...model].sort(([a], [b]) => a - b));
      }),
      { numRuns: 200 },
    );
  });
});
