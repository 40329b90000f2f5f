import { expect } from 'chai';
import type { LogPlace } from '../../../../src/actors/ports/log.js';
import { Arrivals } from '../../../../src/actors/shard/arrivals.js';
import { seeded, seedOf } from '../../../support/random.js';

/** Messages come a second after each other. */
const at = (sequence: number): LogPlace => ({ sequence, storedAtMs: sequence * 1000 });

function sequencesAt(arrivals: Arrivals, order: number): number[] {
  return arrivals.placesAt(order).map(({ sequence, storedAtMs }) => {
    expect(storedAtMs).to.equal(sequence * 1000);
    return sequence;
  });
}

describe('arrivals', () => {
  it('turn an order of arrival back into a sequence for each log', () => {
    const arrivals = new Arrivals(2);
    expect(sequencesAt(arrivals, 0)).to.deep.equal([0, 0]);
    expect(arrivals.add(0, at(11))).to.equal(1);
    expect(arrivals.add(1, at(5))).to.equal(2);
    expect(arrivals.add(0, at(12))).to.equal(3);
    expect(arrivals.newest).to.equal(3);
    expect([1, 2, 3, 99].map((order) => sequencesAt(arrivals, order))).to.deep.equal([
      [11, 0],
      [11, 5],
      [12, 5],
      [12, 5],
    ]);
    expect([arrivals.sequence(0), arrivals.sequence(1)]).to.deep.equal([12, 5]);
  });

  it('a log that is begun with has its checkpoint from the beginning, and the others keep theirs', () => {
    const arrivals = new Arrivals(2);
    arrivals.add(0, at(1));
    arrivals.restart(1, at(40));
    arrivals.add(1, at(41));
    expect(sequencesAt(arrivals, 1)).to.deep.equal([1, 40]);
    expect(sequencesAt(arrivals, 2)).to.deep.equal([1, 41]);
    arrivals.restart(1, at(0));
    expect(sequencesAt(arrivals, 2)).to.deep.equal([1, 0]);
  });

  it('never say more than had arrived, and little less, however much is remembered', () => {
    const seed = seedOf('ARRIVALS_SEED');
    const random = seeded(seed);
    const arrivals = new Arrivals(3);
    const now = [0, 0, 0];
    const exact = [[...now]];
    for (let i = 0; i < 20_000; i++) {
      const log = Math.floor(random() * 3);
      arrivals.add(log, at(++now[log]));
      exact.push([...now]);
    }
    const missingAt = (order: number): number => {
      const told = sequencesAt(arrivals, order);
      return exact[order].reduce((sum, sequence, log) => {
        expect(told[log]).to.be.at.most(sequence);
        return sum + sequence - told[log];
      }, 0);
    };
    for (let order = 0; order <= 20_000; order += 7) expect(missingAt(order)).to.be.below(64);
    expect(missingAt(20_000)).to.equal(0);
    arrivals.forgetBefore(19_900);
    expect(missingAt(19_900)).to.be.below(64);
    for (let i = 0; i < 100; i++) {
      arrivals.add(0, at(++now[0]));
      exact.push([...now]);
    }
    for (let order = 20_001; order <= 20_100; order++) expect(missingAt(order)).to.equal(0);
  });
});
