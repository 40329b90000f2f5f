import { expect } from 'chai';
import fc from 'fast-check';
import { leftOf, messagesOf, overlapOf } from '../../../src/protocols/gaps.js';
import type { Gap } from '../../../src/protocols/repair-messages.js';

function gap(some: Partial<Gap> = {}): Gap {
  return {
    ...{ kind: 'retention', state: 'open', reason: '', stream: 'SHARD_0', metric: '' },
    ...{ fromSequence: 11, toSequence: 20, fromS: 1_000, untilS: 2_000 },
    ...some,
  };
}

const corrupt = gap({
  kind: 'corruptFile',
  stream: '',
  fromSequence: 0,
  toSequence: 0,
  metric: 'a',
  fromS: 0,
});
const fresh = gap({ kind: 'newReplica', fromSequence: 1, toSequence: 100, fromS: 0 });

describe('gaps', () => {
  it('overlap by the messages that they name, however long they took to be noticed', () => {
    expect(overlapOf(gap(), gap({ fromSequence: 21, toSequence: 30 }))).to.equal(undefined);
    expect(overlapOf(gap(), gap({ stream: 'SHARD_0_FROM_dc2' }))).to.equal(undefined);
    expect(overlapOf(gap(), gap({ fromSequence: 15, toSequence: 30, fromS: 1_500 }))).to.deep.equal(
      gap({ fromSequence: 15, fromS: 1_500 }),
    );
    // The log of long ago had these numbers too.
    expect(overlapOf(gap(), gap({ fromS: 10, untilS: 20 }))).to.equal(undefined);
  });

  it('overlap by time where one of them names no messages', () => {
    const log = gap({
      kind: 'newLog',
      fromSequence: 1,
      toSequence: 0,
      fromS: 1_900,
      untilS: 3_000,
    });
    expect(overlapOf(gap(), log)).to.deep.equal(gap({ fromS: 1_900 }));
    expect(overlapOf(log, corrupt)).to.include({ metric: 'a', kind: 'newLog', untilS: 2_000 });
    expect(overlapOf(corrupt, gap({ ...corrupt, metric: 'b' }))).to.equal(undefined);
  });

  it('of a new replica, which has read what came after it, are what another one lacks of that', () => {
    expect(overlapOf(fresh, gap())).to.deep.equal(gap());
    expect(overlapOf(fresh, gap({ fromSequence: 101, toSequence: 110 }))).to.equal(undefined);
    expect(overlapOf(fresh, gap({ fromSequence: 90, toSequence: 110 }))).to.deep.equal(
      gap({ fromSequence: 90, toSequence: 100 }),
    );
    const mirrored = gap({ stream: 'SHARD_0_FROM_dc2' });
    expect(leftOf(fresh, [[mirrored], [gap()]])).to.deep.equal([]);
  });

  it('leave nothing where a peer has all, and all where no peer was asked', () => {
    expect(leftOf(gap(), [[]])).to.deep.equal([]);
    expect(leftOf(gap(), [])).to.deep.equal([gap()]);
    expect(leftOf(gap(), [[gap()], [gap()]])).to.deep.equal([gap()]);
    expect(leftOf(gap(), [[corrupt, gap({ toSequence: 15 })]])).to.deep.equal([
      gap({ metric: 'a' }),
      gap({ toSequence: 15 }),
    ]);
  });

  it('leave exactly the messages that no replica has', () => {
    const range = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 30 }));
    const some = fc.array(range, { maxLength: 4 });
    const all = (gaps: readonly Gap[]): number[] => {
      const found = new Set<number>();
      for (const { fromSequence, toSequence } of gaps)
        for (let i = fromSequence; i <= toSequence; i++) found.add(i);
      return [...found].sort((a, b) => a - b);
    };
    const made = (ranges: [number, number][]): Gap[] =>
      ranges.map(([from, more]) => gap({ fromSequence: from, toSequence: from + more }));
    fc.assert(
      fc.property(some, fc.array(some, { minLength: 1, maxLength: 3 }), (own, peers) => {
        const lacking = peers.map(made);
        const left = made(own).flatMap((one) => leftOf(one, lacking));
        const wanted = all(made(own)).filter((i) => lacking.every((gaps) => all(gaps).includes(i)));
        expect(all(left)).to.deep.equal(wanted);
        expect(messagesOf(left)).to.equal(wanted.length);
      }),
    );
  });

  it('stay whole rather than become too many pieces', () => {
    const whole = gap({ fromSequence: 1, toSequence: 1_000 });
    const single = Array.from({ length: 17 }, (_, i) =>
      gap({ fromSequence: 10 * i + 1, toSequence: 10 * i + 1 }),
    );
    expect(leftOf(whole, [single])).to.deep.equal([whole]);
  });

  it('count messages of each log once, and none of single metrics', () => {
    const other = gap({ stream: 'SHARD_0_FROM_dc2', toSequence: 11 });
    expect(messagesOf([gap(), gap({ fromSequence: 15, toSequence: 22 }), other])).to.equal(13);
    expect(messagesOf([corrupt, gap({ metric: 'a' })])).to.equal(0);
  });
});
