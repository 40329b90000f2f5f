import { expect } from 'chai';
import {
  RETRY_FIRST_MS,
  RETRY_MAX_MS,
  repairMachine,
} from '../../src/actors/repair/repair.machine.js';
import { led } from '../support/led-machine.js';

const PATHS: Record<string, string[]> = {
  idle: [],
  due: ['due'],
  comparing: ['due', 'begin'],
  copying: ['due', 'begin', 'differs'],
  waiting: ['due', 'failed'],
};

/** What happens in a state and where it leads; anything else is a bug. */
const STEPS: Record<string, Record<string, string>> = {
  idle: { due: 'due' },
  due: { due: 'due', begin: 'comparing', failed: 'waiting', finished: 'idle' },
  comparing: { due: 'comparing', differs: 'copying', finished: 'idle', failed: 'waiting' },
  copying: { due: 'copying', copied: 'comparing', failed: 'waiting' },
  waiting: { due: 'due' },
};

const EVENTS = ['due', 'begin', 'differs', 'copied', 'finished', 'failed'];

describe('repair machine', () => {
  it('has no state that is not walked through here', () => {
    expect(Object.keys(repairMachine.states)).to.have.members(Object.keys(PATHS));
  });

  for (const [state, path] of Object.entries(PATHS)) {
    for (const event of EVENTS) {
      const wanted = STEPS[state][event];
      it(`${state}: ${event} ${wanted === undefined ? 'is a bug' : `leads to ${wanted}`}`, () => {
        const machine = led(repairMachine, path, {});
        expect(machine.state()).to.equal(state);
        machine.send(event);
        if (wanted === undefined) expect(machine.failure()?.message).to.match(/unexpected event/);
        else expect(machine.state()).to.equal(wanted);
      });
    }
  }

  it('tries again, each time after twice as long, up to a limit', () => {
    const machine = led(repairMachine, ['due', 'failed'], {});
    for (let waitMs = RETRY_FIRST_MS, n = 0; n < 10; n++, waitMs *= 2) {
      machine.clock.advance(Math.min(waitMs, RETRY_MAX_MS) - 1);
      expect(machine.state()).to.equal('waiting');
      machine.clock.advance(1);
      expect(machine.state()).to.equal('due');
      machine.send('failed');
    }
  });

  it('begins with the first wait again after a success', () => {
    const again = ['due', 'failed', 'due', 'failed', 'due', 'begin', 'finished', 'due', 'failed'];
    const machine = led(repairMachine, again, {});
    machine.clock.advance(RETRY_FIRST_MS);
    expect(machine.state()).to.equal('due');
  });
});
