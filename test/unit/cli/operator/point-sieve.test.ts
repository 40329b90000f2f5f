import { expect } from 'chai';
import { PointSieve } from '../../../../src/cli/operator/point-sieve.js';
import { BatchBuilder } from '../../../support/batch-builder.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

function batch(...names: string[]): Uint8Array {
  const builder = new BatchBuilder(65_536);
  for (const [i, name] of names.entries()) {
    const bytes = Buffer.from(name);
    builder.append(bytes, 0, bytes.length, 100 + i, i);
  }
  return builder.seal();
}

function sieve(options: { rate?: number; countMax?: number } = {}) {
  const clock = new SimulatedClock();
  const made = new PointSieve({
    wanted: (name) => name.startsWith('a'),
    rate: 1000,
    countMax: Number.POSITIVE_INFINITY,
    clock,
    ...options,
  });
  const shown: [string, number, number][] = [];
  const sift = (...names: string[]) =>
    made.sift(batch(...names), (...point) => void shown.push(point));
  return { clock, made, shown, sift };
}

describe('PointSieve', () => {
  it('lets through what is wanted', () => {
    const { shown, sift } = sieve();
    expect(sift('a.x', 'b.x', 'a.y')).to.equal(undefined);
    expect(shown).to.deep.equal([
      ['a.x', 100, 0],
      ['a.y', 102, 2],
    ]);
  });

  it('counts what is over the rate, and begins anew each second', () => {
    const { shown, sift, made, clock } = sieve({ rate: 2 });
    sift('a1', 'a2', 'b', 'a3', 'a4');
    expect(shown).to.have.length(2);
    expect(made.takeHeldBack()).to.equal(2);
    expect(made.takeHeldBack()).to.equal(0);
    clock.advance(1000);
    sift('a5');
    expect(shown.at(-1)?.[0]).to.equal('a5');
  });

  it('is done when as many as were wanted have been shown', () => {
    const { shown, sift, made } = sieve({ countMax: 2 });
    sift('a1');
    expect(made.isDone).to.equal(false);
    sift('a2', 'a3');
    expect(made.isDone).to.equal(true);
    expect(shown).to.have.length(2);
  });

  it('says why a message is no batch', () => {
    const { made } = sieve();
    expect(made.sift(Buffer.from('x'), () => undefined)).to.be.a('string');
  });
});
