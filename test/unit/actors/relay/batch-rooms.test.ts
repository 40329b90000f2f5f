import { expect } from 'chai';
import { BatchRooms } from '../../../../src/actors/relay/batch-rooms.js';

describe('BatchRooms', () => {
  it('gives no room to two at a time, and room that was given back again', () => {
    const rooms = new BatchRooms(100, 1000);
    const first = rooms.take();
    const second = rooms.take();
    expect(first).not.to.equal(second);
    expect([first.length, second.length]).to.deep.equal([100, 100]);
    rooms.giveBack(first);
    expect(rooms.take()).to.equal(first);
    expect(rooms.take()).to.not.be.oneOf([first, second]);
  });

  it('keeps no more than it may', () => {
    const rooms = new BatchRooms(100, 250);
    const all = Array.from({ length: 9 }, () => rooms.take());
    for (const room of all) rooms.giveBack(room);
    const known = Array.from({ length: 9 }, () => rooms.take()).filter((room) =>
      all.includes(room),
    );
    expect(known).to.have.length(3);
  });
});
