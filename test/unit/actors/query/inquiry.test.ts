import { expect } from 'chai';
import { Inquiries } from '../../../../src/actors/query/inquiry.js';
import { isShared } from '../../../../src/actors/query/shared-rooms.js';

describe('an inquiry', () => {
  it('has its points in rooms that others get once it has let go of them', () => {
    const inquiries = new Inquiries(false);
    const [first, second] = [inquiries.open(), inquiries.open()];
    const room = first.room(500);
    expect(second.room(500)).to.not.equal(room);
    first.letGoOfPoints();
    first.letGoOfPoints();
    expect(second.room(500)).to.equal(room);
    expect(second.room(500)).to.not.equal(room);
  });

  it('has many points in memory that threads share, which others get once it is back', () => {
    const inquiries = new Inquiries(false);
    const inquiry = inquiries.open();
    const room = inquiry.room(100_000);
    expect(room.length).to.be.at.least(100_000);
    expect(isShared(room.buffer)).to.equal(true);
    const handedOver = inquiry.room(500);
    expect(inquiries.open().room(100_000)).to.not.equal(room);
    inquiry.takeBackPoints();
    inquiry.letGoOfPoints();
    expect(inquiries.open().room(500)).to.not.equal(handedOver);
    expect(inquiries.open().room(100_000)).to.equal(room);
    expect(inquiries.open().room(100_000)).to.not.equal(room);
  });
});
