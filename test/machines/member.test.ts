import { expect } from 'chai';
import { memberMachine } from '../../src/actors/membership/member.machine.js';
import { led } from '../support/led-machine.js';

const BEAT_MS = 1000;

/** A member after events and pauses (`after <ms>`). */
function member(...path: string[]) {
  return led(memberMachine, path, {}, { heartbeatIntervalMs: BEAT_MS });
}

const PATHS: Record<string, string[]> = {
  unknown: [],
  up: ['heartbeatLive'],
  rejoining: ['heartbeatBusy'],
  suspect: ['heartbeatLive', 'after 3000'],
  down: ['heartbeatLive', 'after 3000', 'after 3000'],
};

/** What silence leads to, and when. */
const SILENCE: Record<string, [afterMs: number, target: string] | undefined> = {
  unknown: [6000, 'down'],
  up: [3000, 'suspect'],
  rejoining: [3000, 'suspect'],
  suspect: [3000, 'down'],
  down: undefined,
};

describe('member machine', () => {
  it('has no state that is not walked through here', () => {
    expect(Object.keys(memberMachine.states)).to.have.members([...Object.keys(PATHS)]);
  });

  for (const [state, path] of Object.entries(PATHS)) {
    it(`${state}: a heartbeat of a live member makes it up`, () => {
      const machine = member(...path);
      expect(machine.state()).to.equal(state);
      machine.send('heartbeatLive');
      expect(machine.state()).to.equal('up');
    });

    it(`${state}: a heartbeat of a busy member makes it rejoin`, () => {
      const machine = member(...path);
      machine.send('heartbeatBusy');
      expect(machine.state()).to.equal('rejoining');
    });

    const silence = SILENCE[state];
    if (silence === undefined) {
      it(`${state}: silence changes nothing`, () => {
        const machine = member(...path);
        machine.clock.advance(1_000_000);
        expect(machine.state()).to.equal(state);
      });
    } else {
      it(`${state}: silence leads to ${silence[1]} after ${silence[0]} ms, not before`, () => {
        const machine = member(...path);
        machine.clock.advance(silence[0] - 1);
        expect(machine.state()).to.equal(state);
        machine.clock.advance(1);
        expect(machine.state()).to.equal(silence[1]);
      });
    }

    it(`${state}: an event that it does not know is a bug`, () => {
      const machine = member(...path);
      machine.send('neverHeardOf');
      expect(machine.failure()?.message).to.match(/member: unexpected event neverHeardOf/);
      expect(machine.snapshot().status).to.equal('error');
    });
  }

  for (const [event, state] of [
    ['heartbeatLive', 'up'],
    ['heartbeatBusy', 'rejoining'],
  ]) {
    it(`${state}: each heartbeat begins the wait anew`, () => {
      const machine = member(event);
      for (let beat = 0; beat < 20; beat++) {
        machine.clock.advance(2 * BEAT_MS);
        machine.send(event);
        expect(machine.state()).to.equal(state);
      }
    });
  }
});
