import { expect } from 'chai';
import { KeptPaths, PathPlaces } from '../../../../src/storage/whisper/kept-paths.js';

const nameOf = (id: number): string => `m${id}`;

describe('KeptPaths', () => {
  it('gives each metric its path, also where there are more metrics than places', () => {
    const paths = new KeptPaths((name) => `/root/${name}.wsp`, new PathPlaces());
    for (let round = 0; round < 40; round++) {
      for (let id = round % 2; id < 100_000; id += 97) {
        expect(paths.of(id, () => nameOf(id))).to.equal(`/root/m${id}.wsp`);
      }
    }
  });

  it('gives an id that was forgotten the path of the metric that has it now', () => {
    const paths = new KeptPaths((name) => name, new PathPlaces());
    paths.of(7, () => 'a');
    paths.forget(7 + 24_576);
    expect(paths.of(7, () => 'b')).to.equal('a');
    paths.forget(7);
    expect(paths.of(7, () => 'b')).to.equal('b');
  });

  it('keeps the paths of several stores apart, in as many places as of one', () => {
    const places = new PathPlaces();
    const stores = ['a', 'b', 'c'].map(
      (root) => new KeptPaths((name) => `/${root}/${name}`, places),
    );
    for (let round = 0; round < 3; round++)
      for (let id = 0; id < 20_000; id++)
        for (const [n, store] of stores.entries())
          expect(store.of(id, () => nameOf(id))).to.equal(`/${'abc'[n]}/m${id}`);
    expect(places.paths.length).to.be.at.most(24_576);
  });

  it('makes a path once while it has its place, and keeps most of them when more come round and round', () => {
    let made = 0;
    const paths = new KeptPaths((name) => {
      made++;
      return name;
    }, new PathPlaces());
    const round = (metrics: number): number => {
      made = 0;
      for (let id = 0; id < metrics; id++) paths.of(id, () => nameOf(id));
      return made;
    };
    expect([round(20_000), round(20_000)]).to.deep.equal([20_000, 0]);
    round(40_000);
    expect(round(40_000)).to.be.within(15_424, 16_800);
  });
});
