import { expect } from 'chai';
import { NameCache } from '../../../../src/routing/rings/name-cache.js';
import { destinationsOfName, type NameRouter } from '../../../../src/routing/rings/name-router.js';

/** Counts how often it is asked; a name goes to its length, twice. */
function slowRouter(): NameRouter & { asked: number } {
  return {
    asked: 0,
    destinationsMax: 2,
    destinationsOf(_bytes, start, end, into) {
      this.asked++;
      into[0] = end - start;
      into[1] = end - start;
      return 2;
    },
  };
}

describe('NameCache', () => {
  it('asks once for a name, and names each destination once', () => {
    const router = slowRouter();
    const cache = new NameCache(router, 10);
    for (let i = 0; i < 3; i++) expect(destinationsOfName(cache, 'abc')).to.deep.equal([3]);
    expect(router.asked).to.equal(1);
  });

  it('is right for any number of names', () => {
    const cache = new NameCache(slowRouter(), 10);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 200_000; i += 7) {
        const name = `m${i}`;
        expect(destinationsOfName(cache, name)[0]).to.equal(name.length);
      }
    }
  });
});
