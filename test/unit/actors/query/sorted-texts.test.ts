import { expect } from 'chai';
import { sortedOnce } from '../../../../src/actors/query/sorted-texts.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

describe('sortedOnce', () => {
  for (const count of [0, 1, 2, 999, 1_000, 1_001, 7_500, 20_000]) {
    it(`has ${count} texts in their order, each once, and leaves the list as it is`, async () => {
      const texts = Array.from({ length: count }, (_, i) => `host${(i * 7_919) % 9_000}.load`);
      const before = [...texts];
      const sorted = await sortedOnce(texts, new SimulatedClock());
      expect(sorted).to.deep.equal([...new Set(before)].sort());
      expect(texts).to.deep.equal(before);
    });
  }
});
