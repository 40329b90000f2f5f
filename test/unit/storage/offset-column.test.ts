import { expect } from 'chai';
import { OffsetColumn } from '../../../src/storage/offset-column.js';

describe('OffsetColumn', () => {
  it('gives back whole numbers, and 0 where none was set', () => {
    const column = new OffsetColumn();
    column.grow(5_000);
    column.set(0, 0);
    column.set(4_999, 12.7);
    expect([0, 1, 4_999].map((place) => column.get(place))).to.deep.equal([0, 0, 12]);
  });

  it('begins anywhere, and follows numbers beyond 32 bits', () => {
    const column = new OffsetColumn();
    const start = 10 * 2 ** 32;
    for (let i = 0; i < 12; i++) {
      column.set(i, start + i * 2 ** 29);
      for (let place = Math.max(0, i - 4); place <= i; place++) {
        expect(column.get(place)).to.equal(start + place * 2 ** 29);
      }
    }
  });

  it('tells a number that fell too far behind as 0, never as one that is too high', () => {
    const column = new OffsetColumn();
    column.set(0, 7);
    column.set(1, 1.5 * 2 ** 32);
    column.set(2, 2 ** 33);
    expect([column.get(0), column.get(1), column.get(2)]).to.deep.equal([
      0,
      1.5 * 2 ** 32,
      2 ** 33,
    ]);
  });
});
