import { expect } from 'chai';
import { retiredMachine } from '../../src/actors/repair/retired.machine.js';
import { led } from '../support/led-machine.js';

const PATHS: Record<string, string[]> = {
  kept: [],
  checking: ['remove'],
  removing: ['remove', 'complete'],
  removed: ['remove', 'complete', 'removed'],
};

/** What happens in a state and where it leads; anything else is a bug. */
const STEPS: Record<string, Record<string, string>> = {
  kept: { remove: 'checking' },
  checking: { remove: 'checking', complete: 'removing', refused: 'kept' },
  removing: { remove: 'removing', removed: 'removed', failed: 'kept' },
  removed: { remove: 'removed' },
};

const EVENTS = ['remove', 'complete', 'refused', 'removed', 'failed', 'neverHeardOf'];

describe('retired machine', () => {
  it('has no state that is not walked through here', () => {
    expect(Object.keys(retiredMachine.states)).to.have.members(Object.keys(PATHS));
  });

  for (const [state, path] of Object.entries(PATHS)) {
    for (const event of EVENTS) {
      const wanted = STEPS[state][event];
      it(`${state}: ${event} ${wanted === undefined ? 'is a bug' : `leads to ${wanted}`}`, () => {
        const machine = led(retiredMachine, path, {});
        expect(machine.state()).to.equal(state);
        machine.send(event);
        if (wanted === undefined) expect(machine.failure()?.message).to.match(/unexpected event/);
        else expect(machine.state()).to.equal(wanted);
      });
    }
  }
});
