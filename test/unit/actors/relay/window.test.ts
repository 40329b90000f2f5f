import { expect } from 'chai';
import { Ticket } from '../../../../src/actors/relay/ticket.js';
import { Window } from '../../../../src/actors/relay/window.js';
import { settled, watch } from '../../../support/fake-time.js';

describe('Window', () => {
  it('is full at its limit and has room again at half of it', () => {
    const window = new Window(1000);
    const changes: boolean[] = [];
    window.onChange((full) => changes.push(full));
    window.add(999);
    expect(window.full).to.equal(false);
    window.add(1);
    expect(window.full).to.equal(true);
    window.add(500);
    window.release(999);
    expect(window.full).to.equal(true);
    window.release(1);
    expect([window.full, window.bytes]).to.deep.equal([false, 500]);
    expect(changes).to.deep.equal([true, false]);
  });

  it('wakes all who wait for room, and none before', async () => {
    const window = new Window(1000);
    await window.room();
    window.add(1000);
    const waiting = [watch(window.room()), watch(window.room())];
    window.release(499);
    await settled();
    expect(waiting.map((one) => one.state)).to.deep.equal(['pending', 'pending']);
    window.release(1);
    await settled();
    expect(waiting.map((one) => one.state)).to.deep.equal(['resolved', 'resolved']);
  });

  it('keeps those waiting when it is full again before they could go on', async () => {
    const window = new Window(1000);
    window.add(1000);
    const waiting = watch(window.room());
    window.release(1000);
    window.add(1000);
    await settled();
    expect(waiting.state).to.equal('pending');
    window.release(1000);
    await settled();
    expect(waiting.state).to.equal('resolved');
  });

  it('fails loudly when more is released than was added', () => {
    const window = new Window(1000);
    window.add(10);
    expect(() => window.release(11)).to.throw(/released/);
  });
});

describe('Ticket', () => {
  it('is done once, after every batch and the splitting itself', () => {
    let done = 0;
    const ticket = new Ticket(() => done++);
    ticket.hold();
    ticket.hold();
    ticket.release();
    ticket.release();
    expect(done).to.equal(0);
    ticket.release();
    expect(done).to.equal(1);
    expect(() => ticket.release()).to.throw(/once/);
    expect(done).to.equal(1);
  });

  it('is done at once when nothing of the input was kept', () => {
    let done = 0;
    new Ticket(() => done++).release();
    expect(done).to.equal(1);
  });
});
