import { expect } from 'chai';
import { nodeMachine } from '../../src/actors/node/node.machine.js';
import { led } from '../support/led-machine.js';

const EVENTS = [
  ...['recovered', 'caughtUp', 'fellBehind', 'drain', 'drained', 'rejoin', 'neverHeardOf'],
];

const PATHS: Record<string, string[]> = {
  joining: [],
  replaying: ['recovered'],
  live: ['recovered', 'caughtUp'],
  draining: ['drain'],
  left: ['drain', 'drained'],
};

const TABLE: Record<string, Record<string, string>> = {
  joining: { recovered: 'replaying', drain: 'draining' },
  replaying: { caughtUp: 'live', fellBehind: 'replaying', drain: 'draining' },
  live: { caughtUp: 'live', fellBehind: 'replaying', drain: 'draining' },
  draining: {
    recovered: 'draining',
    caughtUp: 'draining',
    fellBehind: 'draining',
    drained: 'left',
  },
  left: { rejoin: 'joining' },
};

describe('node machine', () => {
  it('has no state that is not walked through here', () => {
    expect(Object.keys(nodeMachine.states)).to.have.members(Object.keys(PATHS));
  });

  for (const [state, path] of Object.entries(PATHS)) {
    for (const event of EVENTS) {
      const target = TABLE[state][event];
      it(`${state}: ${event} ${target === undefined ? 'is a bug' : `leads to ${target}`}`, () => {
        const machine = led(nodeMachine, path, {});
        expect(machine.state()).to.equal(state);
        machine.send(event);
        if (target === undefined) {
          expect(machine.failure()?.message).to.match(/node: unexpected event/);
          expect(machine.snapshot().status).to.equal('error');
        } else {
          expect(machine.failure()).to.equal(undefined);
          expect(machine.state()).to.equal(target);
        }
      });
    }
  }
});
