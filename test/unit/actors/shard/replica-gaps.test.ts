import { expect } from 'chai';
import { ReplicaGaps } from '../../../../src/actors/shard/replica-gaps.js';
import { GapFile } from '../../../../src/storage/gap-file.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { MemoryFiles } from '../../../support/memory-files.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

const HOUR_MS = 3_600_000;

function made() {
  const files = new MemoryFiles();
  files.put('/data/nothing', new Uint8Array(0));
  const clock = new SimulatedClock();
  const gaps = new ReplicaGaps({
    gapFile: new GapFile(files, '/data/gaps.json'),
    log: new FakeLogger(),
    shard: 0,
    clock,
    ...{ holdbackMs: 0, writeDelayMs: 0 },
  });
  return { gaps, clock };
}

function extents(gaps: ReplicaGaps) {
  return gaps.all.map(({ state, fromSequence, toSequence }) => [state, fromSequence, toSequence]);
}

describe('ReplicaGaps', () => {
  it('keeps a gap that was found during a comparison, also by a clock that was put back', () => {
    const { gaps, clock } = made();
    gaps.note('retention', 0, { stream: 'SHARD_0', from: 1, to: 5 });
    gaps.begin(gaps.all);
    clock.jump(-HOUR_MS);
    gaps.note('retention', 0, { stream: 'SHARD_0', from: 6, to: 9 });
    gaps.end({ type: 'compared', left: [] });
    expect(extents(gaps)).to.deep.equal([['open', 6, 9]]);
    expect(gaps.counters.gapsRepaired).to.equal(1);
  });

  describe('with one that no peer can fill', () => {
    function irreparable() {
      const { gaps } = made();
      gaps.note('retention', 0, { stream: 'SHARD_0', from: 1, to: 5 });
      gaps.begin(gaps.all);
      const left = [{ ...gaps.all[0], state: 'irreparable' as const, reason: 'node2 lacks it' }];
      gaps.end({ type: 'compared', left });
      return { gaps, left };
    }

    it('says so while it is looked for again, and when it could not be', () => {
      const { gaps } = irreparable();
      gaps.begin(gaps.all);
      expect(extents(gaps)).to.deep.equal([['irreparable', 1, 5]]);
      gaps.end({ type: 'failed', reason: 'node2 cannot be asked' });
      expect(extents(gaps)).to.deep.equal([['irreparable', 1, 5]]);
    });

    it('has it given up during a comparison, and does not list it again after it', () => {
      const { gaps, left } = irreparable();
      gaps.begin(gaps.all);
      expect(gaps.giveUp()).to.have.length(1);
      gaps.end({ type: 'compared', left });
      expect(gaps.all).to.deep.equal([]);
      expect(gaps.counters).to.include({ gapsRepaired: 0, gapsGivenUp: 1, messagesGivenUp: 5 });
    });

    it('lists it once when it is still not found, and no more when it is', () => {
      const { gaps, left } = irreparable();
      gaps.begin(gaps.all);
      gaps.end({ type: 'compared', left });
      expect(extents(gaps)).to.deep.equal([['irreparable', 1, 5]]);
      gaps.begin(gaps.all);
      gaps.end({ type: 'compared', left: [] });
      expect(gaps.all).to.deep.equal([]);
      expect(gaps.counters).to.include({ gapsRepaired: 1, messagesRepaired: 5 });
    });
  });

  it('takes a clock that was put back for no bound: what is missing is not in the future', () => {
    const { gaps, clock } = made();
    const sinceMs = clock.nowMs() - 1_000;
    clock.jump(-HOUR_MS);
    gaps.note('newLog', sinceMs, { stream: 'SHARD_0' });
    const untilS = Math.ceil(clock.nowMs() / 1000);
    expect(gaps.all[0]).to.include({ fromS: 0, untilS });
  });
});
