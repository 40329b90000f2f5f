import { expect } from 'chai';
import { isShared, SharedRooms } from '../../../../src/actors/query/shared-rooms.js';

/** Rooms of 1 MiB; so many make 128 MiB. */
const ROOMS_MAX = 128;

describe('SharedRooms', () => {
  it('has so many rooms, and memory as usual for what is beyond', () => {
    const rooms = new SharedRooms();
    const taken = Array.from({ length: ROOMS_MAX }, () => rooms.take(40_000));
    expect(taken.every(({ buffer }) => isShared(buffer))).to.equal(true);
    const beyond = rooms.take(40_000);
    expect(isShared(beyond.buffer)).to.equal(false);
    expect(beyond).to.have.length(40_000);
    rooms.giveBack(beyond);
    rooms.giveBack(taken[7]);
    expect(rooms.take(100_000)).to.equal(taken[7]);
  });

  it('has none for more points than one takes, and forgets those that nobody uses', () => {
    const rooms = new SharedRooms();
    expect(isShared(rooms.take(200_000).buffer)).to.equal(false);
    const room = rooms.take(100_000);
    rooms.giveBack(room);
    rooms.forgetSpare();
    expect(rooms.take(100_000)).to.not.equal(room);
  });
});
