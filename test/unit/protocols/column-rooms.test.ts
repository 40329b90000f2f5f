import { expect } from 'chai';
import { ColumnRooms } from '../../../src/protocols/column-rooms.js';
import { SeriesBlocks } from '../../../src/protocols/series-blocks.js';

describe('ColumnRooms', () => {
  it('gives a room again that was given back, to one whom it has enough room for', () => {
    const rooms = new ColumnRooms();
    const [small, large] = [rooms.take(1_000), rooms.take(5_000)];
    expect(rooms.take(1_000)).to.not.equal(small);
    rooms.giveBack(small);
    rooms.giveBack(large);
    expect(rooms.take(6_000)).to.equal(large);
    expect(rooms.take(6_000)).to.not.equal(large);
    expect(rooms.take(900)).to.equal(small);
  });

  it('keeps no more than 4 MiB for others', () => {
    const rooms = new ColumnRooms();
    const many = Array.from({ length: 40 }, () => rooms.take(2 ** 15));
    for (const room of many) rooms.giveBack(room);
    const again = many.map(() => rooms.take(2 ** 15));
    expect(again.filter((room) => many.includes(room))).to.have.length(16);
  });

  it('is not written to by one who still reads for a reply that was given up', () => {
    const rooms = new ColumnRooms();
    const given = new SeriesBlocks(rooms);
    given.add(0, 0, 30, 10).fill(1);
    given.release();
    const next = new SeriesBlocks(rooms);
    next.add(0, 0, 30, 10).fill(2);
    given.add(1, 0, 30, 10).fill(3);
    next.add(1, 0, 30, 10).fill(4);
    const [{ values }] = next.blocks();
    expect([...new Float32Array(values.slice().buffer)]).to.deep.equal([2, 2, 2, 4, 4, 4]);
  });
});
