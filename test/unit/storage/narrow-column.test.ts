import { expect } from 'chai';
import { NarrowColumn } from '../../../src/storage/narrow-column.js';

describe('NarrowColumn', () => {
  it('gives back what was set, however large, also after it has grown, and 0 where nothing was', () => {
    const column = new NarrowColumn();
    const set = new Map<number, number>();
    const values = [1, 255, 256, 65_535, 7, 65_536, 2 ** 32 - 1, 0, 3];
    for (const [i, value] of values.entries()) {
      const place = i * 700;
      column.grow(place + 1);
      expect(column.length).to.be.above(place);
      column.set(place, value);
      set.set(place, value);
      for (let at = 0; at < column.length; at++)
        expect(column.get(at), `${at} after ${value}`).to.equal(set.get(at) ?? 0);
    }
  });

  it('is as wide as it has to be at once', () => {
    const column = new NarrowColumn();
    column.set(5, 2 ** 31);
    expect([column.get(4), column.get(5)]).to.deep.equal([0, 2 ** 31]);
  });
});
