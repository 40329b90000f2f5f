import { expect } from 'chai';
import {
  BACK_OFF_MAX_MS,
  backOffMs,
  CONNECT_LIMIT_MS,
  linkMachine,
  SETTLED_MS,
} from '../../src/actors/destinations/link.machine.js';
import { led } from '../support/led-machine.js';

const EVENTS = ['connected', 'lost', 'close', 'neverHeardOf'];

const PATHS: Record<string, string[]> = {
  connecting: [],
  up: ['connected'],
  backingOff: ['lost'],
};

const TABLE: Record<string, Record<string, string>> = {
  connecting: { connected: 'up', lost: 'backingOff', close: 'closed' },
  up: { lost: 'backingOff', close: 'closed' },
  backingOff: { close: 'closed' },
};

/** The machine, and what it did to the world. */
function link(...path: string[]) {
  const done: string[] = [];
  const machine = linkMachine.provide({
    actions: { dial: () => done.push('dial'), abandon: () => done.push('abandon') },
  });
  return { ...led(machine, path, {}), done };
}

describe('link machine', () => {
  it('has no state that is not walked through here', () => {
    expect(Object.keys(linkMachine.states)).to.have.members([...Object.keys(PATHS), 'closed']);
  });

  for (const [state, path] of Object.entries(PATHS)) {
    for (const event of EVENTS) {
      const target = TABLE[state][event];
      it(`${state}: ${event} ${target === undefined ? 'is a bug' : `leads to ${target}`}`, () => {
        const machine = link(...path);
        expect(machine.state()).to.equal(state);
        machine.send(event);
        if (target === undefined) {
          expect(machine.failure()?.message).to.match(/link: unexpected event/);
        } else {
          expect(machine.failure()).to.equal(undefined);
          expect(machine.state()).to.equal(target);
        }
      });
    }
  }

  it('dials at once, and again after pauses that double up to a limit', () => {
    const machine = link();
    expect(machine.done).to.deep.equal(['dial']);
    for (let failures = 1; failures <= 9; failures++) {
      machine.send('lost');
      machine.clock.advance(backOffMs(failures) - 1);
      expect(machine.state()).to.equal('backingOff');
      machine.clock.advance(1);
      expect(machine.state()).to.equal('connecting');
      expect(machine.done).to.have.length(failures + 1);
    }
    expect(backOffMs(1)).to.be.below(500);
    expect(backOffMs(9)).to.equal(BACK_OFF_MAX_MS);
  });

  it('gives a connection that does not come about up, and dials again', () => {
    const machine = link(`after ${CONNECT_LIMIT_MS}`);
    expect(machine.state()).to.equal('backingOff');
    expect(machine.done).to.deep.equal(['dial', 'abandon']);
  });

  it('begins with short pauses again after a connection that held', () => {
    const machine = link('lost', `after ${backOffMs(1)}`, 'lost', `after ${backOffMs(2)}`);
    machine.send('connected');
    machine.clock.advance(SETTLED_MS);
    machine.send('lost');
    machine.clock.advance(backOffMs(1));
    expect(machine.state()).to.equal('connecting');
  });

  it('does not, after one that broke at once', () => {
    const machine = link('lost', `after ${backOffMs(1)}`, 'connected', 'lost');
    machine.clock.advance(backOffMs(1));
    expect(machine.state()).to.equal('backingOff');
    machine.clock.advance(backOffMs(2) - backOffMs(1));
    expect(machine.state()).to.equal('connecting');
  });
});
