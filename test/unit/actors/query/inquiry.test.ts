import { expect } from 'chai';
import { Inquiries } from '../../../../src/actors/query/inquiry.js';

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

  it('has memory of its own for many points, which go to other threads', () => {
    const inquiries = new Inquiries(false);
    const inquiry = inquiries.open();
    const room = inquiry.room(100_000);
    expect(room).to.have.length(100_000);
    inquiry.letGoOfPoints();
    expect(inquiries.open().room(100_000)).to.not.equal(room);
  });
});
