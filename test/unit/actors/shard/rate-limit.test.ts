import { expect } from 'chai';
import { RateLimit, WriteLimits } from '../../../../src/actors/shard/rate-limit.js';

function taken(limit: RateLimit, nowMs: number, tries: number): number {
  let count = 0;
  for (let n = 0; n < tries; n++) if (limit.take(nowMs)) count++;
  return count;
}

describe('RateLimit', () => {
  it('allows a burst of one period, and then the rate', () => {
    const limit = new RateLimit(50, 60_000);
    expect(taken(limit, 0, 100)).to.equal(50);
    expect(taken(limit, 1_000, 100)).to.equal(0);
    expect(taken(limit, 12_000, 100)).to.equal(10);
    expect(taken(limit, 600_000, 100)).to.equal(50);
  });

  it('is no limit when infinite', () => {
    const limit = new RateLimit(Number.POSITIVE_INFINITY, 1_000);
    expect(limit.unlimited).to.equal(true);
    expect(taken(limit, 0, 1_000)).to.equal(1_000);
  });

  it('asks without counting', () => {
    const limit = new RateLimit(1, 1_000);
    expect([limit.allows(0), limit.allows(0), limit.take(0), limit.allows(0)]).to.deep.equal([
      true,
      true,
      true,
      false,
    ]);
  });

  it('changes its rate when the node stops', () => {
    const limits = new WriteLimits({
      maxUpdatesPerSecond: 1,
      maxUpdatesPerSecondOnShutdown: Number.POSITIVE_INFINITY,
      maxCreatesPerMinute: 1,
    });
    expect(taken(limits.updates, 0, 10)).to.equal(1);
    limits.shutDown();
    expect(taken(limits.updates, 0, 10)).to.equal(10);
    expect(taken(limits.creates, 0, 10)).to.equal(1);
  });
});
