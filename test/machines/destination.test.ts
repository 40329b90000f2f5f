import { expect } from 'chai';
import { destinationMachine } from '../../src/actors/destinations/destination.machine.js';
import { led } from '../support/led-machine.js';

const EVENTS = ['reached', 'lost', 'caughtUp', 'fellBehind', 'stop', 'neverHeardOf'];

const PATHS: Record<string, string[]> = {
  down: [],
  replaying: ['reached'],
  live: ['reached', 'caughtUp'],
};

const TABLE: Record<string, Record<string, string>> = {
  down: { reached: 'replaying', stop: 'stopped' },
  replaying: { lost: 'down', caughtUp: 'live', fellBehind: 'replaying', stop: 'stopped' },
  live: { lost: 'down', caughtUp: 'live', fellBehind: 'replaying', stop: 'stopped' },
};

describe('destination machine', () => {
  it('has no state that is not walked through here', () => {
    const states = Object.keys(destinationMachine.states);
    expect(states).to.have.members([...Object.keys(PATHS), 'stopped']);
  });

  for (const [state, path] of Object.entries(PATHS)) {
    for (const event of EVENTS) {
      const target = TABLE[state][event];
      it(`${state}: ${event} ${target === undefined ? 'is a bug' : `leads to ${target}`}`, () => {
        const machine = led(destinationMachine, path, {});
        expect(machine.state()).to.equal(state);
        machine.send(event);
        if (target === undefined) {
          expect(machine.failure()?.message).to.match(/unexpected event/);
        } else {
          expect(machine.failure()).to.equal(undefined);
          expect(machine.state()).to.equal(target);
        }
      });
    }
  }
});
