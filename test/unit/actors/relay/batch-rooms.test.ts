import { expect } from 'chai';
import { BatchRooms } from '../../../../src/actors/relay/batch-rooms.js';

describe('BatchRooms', () => {
  it('gives no room to two at a time, and room that was given back again', () => {
    const rooms = new BatchRooms(1_000_000);
    const first = rooms.take(5_000);
    const second = rooms.take(5_000);
    expect(first).not.to.equal(second);
    rooms.giveBack(first);
    expect(rooms.take(6_000)).to.equal(first);
    expect(rooms.take(5_000)).to.not.be.oneOf([first, second]);
  });

  it('gives rooms that hold what is asked for, and not more than twice as much', () => {
    const rooms = new BatchRooms(1_000_000);
    for (const bytes of [4_096, 4_097, 60_000, 65_536, 300_000]) {
      expect(rooms.take(bytes).length).to.be.within(bytes, 2 * bytes);
    }
    expect(rooms.take(1).length).to.equal(4_096);
  });

  it('keeps no more than it may', () => {
    const rooms = new BatchRooms(30_000);
    const all = Array.from({ length: 9 }, () => rooms.take(8_000));
    for (const room of all) rooms.giveBack(room);
    const known = Array.from({ length: 9 }, () => rooms.take(8_000)).filter((room) =>
      all.includes(room),
    );
    expect(known).to.have.length(3);
  });

  it('forgets rooms of another size when there is no place for those that batches need now', () => {
    const rooms = new BatchRooms(32_768);
    for (const room of Array.from({ length: 8 }, () => rooms.take(4_096))) rooms.giveBack(room);
    const large = rooms.take(16_384);
    rooms.giveBack(large);
    expect(rooms.take(16_384)).to.equal(large);
  });
});
