import { expect } from 'chai';
import { ReplicaGaps } from '../../../../src/actors/shard/replica-gaps.js';
import { GapFile } from '../../../../src/storage/gap-file.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { MemoryFiles } from '../../../support/memory-files.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

const HOUR_MS = 3_600_000;

describe('ReplicaGaps', () => {
  it('keeps a gap that was found during a comparison, also by a clock that was put back', () => {
    const files = new MemoryFiles();
    files.put('/data/nothing', new Uint8Array(0));
    const clock = new SimulatedClock();
    let backMs = 0;
    const gaps = new ReplicaGaps({
      gapFile: new GapFile(files, '/data/gaps.json'),
      log: new FakeLogger(),
      shard: 0,
      clock: Object.assign(Object.create(clock), { nowMs: () => clock.nowMs() - backMs }),
      ...{ holdbackMs: 0, writeDelayMs: 0 },
    });
    gaps.note('retention', 0, { stream: 'SHARD_0', from: 1, to: 5 });
    const untilS = Math.floor(clock.nowMs() / 1000) + 60;
    gaps.begin(untilS);
    backMs = HOUR_MS;
    gaps.note('retention', 0, { stream: 'SHARD_0', from: 6, to: 9 });
    gaps.end({ type: 'compared', untilS, left: [] });
    expect(gaps.all.map(({ fromSequence }) => fromSequence)).to.deep.equal([6]);
    expect(gaps.counters.gapsRepaired).to.equal(1);
  });
});
