import { expect } from 'chai';
import { CachedRouter } from '../../../../src/actors/relay/cached-router.js';
import { destinationsOfName, type NameRouter } from '../../../../src/routing/rings/name-router.js';

/** Sends a name to as many destinations as it has letters, at most three, and counts how often it is asked. */
class CountingRouter implements NameRouter {
  readonly destinationsMax = 3;
  asked = 0;

  destinationsOf(_bytes: Uint8Array, start: number, end: number, into: Uint16Array): number {
    this.asked++;
    const count = Math.min(3, end - start);
    for (let i = 0; i < count; i++) into[i] = end - start + i;
    return count;
  }
}

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => 'x'.repeat(i % 40) + i);

describe('CachedRouter', () => {
  it('asks once for each name, and says the same', () => {
    const router = new CountingRouter();
    const cached = new CachedRouter(router);
    const expected = names(5_000).map((name) => destinationsOfName(new CountingRouter(), name));
    for (let round = 0; round < 2; round++)
      expect(names(5_000).map((name) => destinationsOfName(cached, name))).to.deep.equal(expected);
    expect(destinationsOfName(cached, '')).to.deep.equal([]);
    expect(router.asked).to.equal(5_001);
  });

  it('starts anew when it is full, by names or by bytes', () => {
    for (const [namesMax, bytesMax] of [
      [10, 1_000],
      [1_000, 20],
    ]) {
      const router = new CountingRouter();
      const cached = new CachedRouter(router, namesMax, bytesMax);
      for (const name of [...names(30), ...names(30)])
        expect(destinationsOfName(cached, name)).to.have.length(Math.min(3, name.length));
      expect(router.asked).to.be.within(31, 60);
    }
  });
});
