import { expect } from 'chai';
import { FindCache } from '../../../../src/actors/query/find-cache.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

function cache(ttlMs: number, bytesMax = 2 ** 20) {
  const clock = new SimulatedClock();
  const finds = new FindCache({ ttlMs, bytesMax }, clock);
  let asked = 0;
  const ask = (pattern: string, { prefixes, names = ['a.b'] }: Answer = {}) => {
    const known = finds.get(pattern, prefixes);
    if (known !== undefined) return known;
    asked++;
    finds.keep(pattern, prefixes, names);
    return names;
  };
  return { clock, finds, ask, asked: () => asked };
}

interface Answer {
  prefixes?: string[];
  names?: string[];
}

describe('FindCache', () => {
  it('remembers until the time is over', () => {
    const { clock, finds, ask, asked } = cache(60_000);
    for (let i = 0; i < 3; i++) expect(ask('a.*')).to.deep.equal(['a.b']);
    expect(asked()).to.equal(1);
    clock.advance(59_999);
    ask('a.*');
    expect(asked()).to.equal(1);
    clock.advance(2);
    ask('a.*');
    expect(asked()).to.equal(2);
    expect(finds.counters).to.deep.equal({ findCacheHits: 3, findCacheMisses: 2 });
  });

  it('tells patterns apart, and what may be seen', () => {
    const { ask, asked } = cache(60_000);
    ask('a.*');
    ask('b.*');
    expect(ask('a.*', { prefixes: ['a.c'], names: [] })).to.deep.equal([]);
    expect(ask('a.*')).to.deep.equal(['a.b']);
    expect(asked()).to.equal(3);
  });

  it('forgets what is too large, and all without a time', () => {
    const small = cache(60_000, 1_000);
    const names = Array.from({ length: 20 }, (_, i) => `name${i}`);
    for (let i = 0; i < 2; i++) small.ask('a.*', { names });
    expect(small.asked()).to.equal(2);
    const none = cache(0);
    for (let i = 0; i < 2; i++) none.ask('a.*');
    expect(none.asked()).to.equal(2);
  });

  it('is bounded', () => {
    const { ask, asked } = cache(60_000, 10_000);
    for (let i = 0; i < 1_000; i++) ask(`p${i}.*`);
    ask('p999.*');
    expect(asked()).to.equal(1_000);
    ask('p0.*');
    expect(asked()).to.equal(1_001);
  });
});
