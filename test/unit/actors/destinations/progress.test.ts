import { expect } from 'chai';
import { Progress } from '../../../../src/actors/destinations/progress.js';
import type { LogPlace } from '../../../../src/actors/ports/log.js';

const BEGINNING = [{ next: 1, storedAtMs: 0, gaps: [] }];

/** The last message where the next one has a sequence. */
const behind = (next: number): LogPlace => ({ sequence: next - 1, storedAtMs: next });

/** Progress in one shard, held back for a minute and 1000 bytes. */
function progress(): Progress {
  return new Progress(BEGINNING, { ms: 60_000, bytes: 1000 });
}

describe('Progress', () => {
  it('is sure of what is old enough and has enough bytes behind it', () => {
    const one = progress();
    one.advance(0, behind(10));
    one.note(0, 500);
    one.advance(0, behind(20));
    one.note(30_000, 900);
    expect(one.sure(59_999, 5_000)[0].next).to.equal(1);
    expect(one.sure(60_000, 1_499)[0].next).to.equal(1);
    expect(one.sure(60_000, 1_500)[0].next).to.equal(10);
    expect(one.sure(90_000, 1_900)[0].next).to.equal(20);
  });

  it('goes back to what is sure', () => {
    const one = progress();
    one.advance(0, behind(10));
    one.note(0, 500);
    one.advance(0, behind(20));
    one.note(30_000, 900);
    one.rewind(61_000, 1_800);
    expect(one.shard(0).next).to.equal(10);
    expect(one.sure(500_000, 1_000_000)[0].next).to.equal(10);
  });

  it('stays close to what is sure over a long time without enough bytes', () => {
    const one = progress();
    for (let second = 0; second < 10_000; second++) {
      one.advance(0, behind(1 + second));
      one.note(second * 1_000, second);
    }
    const sure = one.sure(10_000_000, 9_999)[0].next;
    expect(sure).to.be.at.most(9_000);
    expect(sure).to.be.at.least(4_000);
  });

  it('leaves gaps for later, fills them from their ends, and keeps them when it goes back', () => {
    const one = progress();
    one.skipTo(0, 100);
    expect(one.shard(0)).to.deep.equal({ next: 100, storedAtMs: 0, gaps: [{ from: 1, to: 100 }] });
    one.note(0, 0);
    one.fill(0, 70);
    expect(one.shard(0).gaps).to.deep.equal([{ from: 1, to: 70 }]);
    one.rewind(60_000, 1_000);
    expect(one.shard(0).gaps).to.deep.equal([{ from: 1, to: 100 }]);
    one.fill(0, 1);
    expect(one.shard(0).gaps).to.deep.equal([]);
  });

  it('joins the oldest gaps when there are many', () => {
    const one = progress();
    for (let i = 1; i <= 40; i++) {
      one.skipTo(0, i * 10);
      one.advance(0, behind(i * 10 + 5));
    }
    const { gaps } = one.shard(0);
    expect(gaps.length).to.be.at.most(16);
    expect(gaps[0].from).to.equal(1);
    expect(gaps.at(-1)).to.deep.equal({ from: 395, to: 400 });
  });

  it('a skip to where it is leaves no gap', () => {
    const one = progress();
    one.advance(0, behind(10));
    one.skipTo(0, 10);
    expect(one.shard(0)).to.deep.equal({ next: 10, storedAtMs: 10, gaps: [] });
  });
});
