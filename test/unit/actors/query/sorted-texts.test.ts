import { expect } from 'chai';
import { LongWorkPace } from '../../../../src/actors/query/long-work-pace.js';
import { sortedOnce } from '../../../../src/actors/query/sorted-texts.js';
import { WorkTurns } from '../../../../src/actors/query/work-turns.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

describe('sortedOnce', () => {
  for (const count of [0, 1, 2, 999, 1_000, 1_001, 7_500, 20_000]) {
    it(`has ${count} texts in their order, each once, and leaves the list as it is`, async () => {
      const texts = Array.from({ length: count }, (_, i) => `host${(i * 7_919) % 9_000}.load`);
      const before = [...texts];
      const clock = new SimulatedClock();
      const turns = new WorkTurns(clock, new LongWorkPace(clock), 0, () => undefined);
      const sorted = await sortedOnce(texts, turns);
      expect(sorted).to.deep.equal([...new Set(before)].sort());
      expect(texts).to.deep.equal(before);
    });
  }
});
