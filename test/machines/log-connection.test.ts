import { expect } from 'chai';
import { logConnectionMachine } from '../../src/actors/relay/log-connection.machine.js';
import { led } from '../support/led-machine.js';

const PATHS: Record<string, string[]> = {
  connected: [],
  disconnected: ['lost'],
  closed: ['closed'],
};

/** What happens in a state and where it leads; anything else is a bug. */
const STEPS: Record<string, Record<string, string>> = {
  connected: { lost: 'disconnected', closed: 'closed' },
  disconnected: { lost: 'disconnected', back: 'connected', closed: 'closed' },
  // Nothing is told to a machine that has ended.
  closed: { lost: 'closed', back: 'closed', closed: 'closed', neverHeardOf: 'closed' },
};

const EVENTS = ['lost', 'back', 'closed', 'neverHeardOf'];

describe('log connection machine', () => {
  it('has no state that is not walked through here', () => {
    expect(Object.keys(logConnectionMachine.states)).to.have.members(Object.keys(PATHS));
  });

  for (const [state, path] of Object.entries(PATHS)) {
    for (const event of EVENTS) {
      const wanted = STEPS[state][event];
      it(`${state}: ${event} ${wanted === undefined ? 'is a bug' : `leads to ${wanted}`}`, () => {
        const machine = led(logConnectionMachine, path, {});
        expect(machine.state()).to.equal(state);
        machine.send(event);
        if (wanted === undefined) expect(machine.failure()?.message).to.match(/unexpected event/);
        else expect(machine.state()).to.equal(wanted);
      });
    }
  }

  it('counts how often it was lost', () => {
    const machine = led(logConnectionMachine, ['lost', 'lost', 'back', 'lost'], {});
    expect(machine.snapshot().context.losses).to.equal(2);
  });
});
