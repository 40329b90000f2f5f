import { expect } from 'chai';
import { ReplayProgress } from '../../../../src/actors/node/replay-progress.js';

describe('ReplayProgress', () => {
  it('says how much there was, and how fast it becomes less', () => {
    const progress = new ReplayProgress();
    progress.note(false, 0, 0);
    expect(progress.report()).to.equal(undefined);
    progress.note(true, 1_000, 2_000);
    expect(progress.report()).to.deep.equal({ fromLag: 1_000, perSecond: 0 });
    progress.note(true, 800, 4_000);
    expect(progress.report()).to.deep.equal({ fromLag: 1_000, perSecond: 100 });
    progress.note(true, 700, 6_000);
    expect(progress.report()).to.deep.equal({ fromLag: 1_000, perSecond: 75 });
    progress.note(false, 0, 8_000);
    expect(progress.report()).to.equal(undefined);
  });

  it('goes below zero where the log grows faster than it is read', () => {
    const progress = new ReplayProgress();
    progress.note(true, 100, 0);
    progress.note(true, 300, 2_000);
    expect(progress.report()).to.deep.equal({ fromLag: 300, perSecond: -100 });
  });
});
