import { expect } from 'chai';
import { PayloadRooms } from '../../../src/edge/nats-payload-rooms.js';

const KIB = 1024;

describe('PayloadRooms', () => {
  it('gives room that was given back to a payload of about the same size', () => {
    const rooms = new PayloadRooms(1024 * KIB);
    const first = rooms.take(100 * KIB);
    rooms.giveBack(first);
    expect(rooms.take(200 * KIB).buffer).not.to.equal(first.buffer);
    const second = rooms.take(110 * KIB);
    expect(second.buffer).to.equal(first.buffer);
    expect([first.length, second.length]).to.deep.equal([100 * KIB, 110 * KIB]);
  });

  it('knows a room by any part of it, and takes it back once', () => {
    const rooms = new PayloadRooms(1024 * KIB);
    const payload = rooms.take(100);
    rooms.giveBack(payload.subarray(7, 9));
    rooms.giveBack(payload);
    expect(rooms.take(100).buffer).to.equal(payload.buffer);
    expect(rooms.take(100).buffer).not.to.equal(payload.buffer);
  });

  it('takes nothing that it has not given', () => {
    const rooms = new PayloadRooms(1024 * KIB);
    const strange = new Uint8Array(32 * KIB);
    rooms.giveBack(strange);
    expect(rooms.take(32 * KIB).buffer).not.to.equal(strange.buffer);
  });

  it('keeps no more than it may', () => {
    const rooms = new PayloadRooms(64 * KIB);
    const all = [1, 2, 3].map(() => rooms.take(32 * KIB));
    for (const room of all) rooms.giveBack(room);
    const again = [1, 2, 3].map(() => rooms.take(32 * KIB));
    const known = again.filter(({ buffer }) => all.some((room) => room.buffer === buffer));
    expect(known).to.have.length(2);
  });
});
