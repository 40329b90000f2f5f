import { expect } from 'chai';
import { mirrorMachine } from '../../src/actors/mirrors/mirror.machine.js';
import { MIRROR_STATES } from '../../src/protocols/heartbeat.js';
import { led } from '../support/led-machine.js';

const STUCK_AFTER_MS = 180_000;

/** A mirror after events and pauses (`after <ms>`), and how often it was made. */
function mirror(...path: string[]) {
  let made = 0;
  const input = { stuckAfterMs: STUCK_AFTER_MS, make: () => made++ };
  return { ...led(mirrorMachine, path, {}, input), made: () => made };
}

const PATHS: Record<string, string[]> = {
  unknown: [],
  cutOff: ['unreachable'],
  refused: ['refused'],
  following: ['moves'],
  stalled: ['standsStill'],
  making: ['absent'],
};

/** What a look shows, and the state that it leads to. */
const LOOKS: Record<string, string> = {
  unreachable: 'cutOff',
  refused: 'refused',
  absent: 'making',
  replaced: 'making',
  moves: 'following',
  standsStill: 'stalled',
};

describe('mirror machine', () => {
  it('has no state that is not walked through here, or that nobody is told of', () => {
    expect(Object.keys(mirrorMachine.states)).to.have.members(Object.keys(PATHS));
    expect(Object.keys(mirrorMachine.states)).to.have.members([...MIRROR_STATES]);
  });

  for (const [state, path] of Object.entries(PATHS)) {
    for (const [look, target] of Object.entries(LOOKS)) {
      const expected = state === 'making' ? 'making' : target;
      it(`${state}: ${look} leads to ${expected}`, () => {
        const machine = mirror(...path);
        expect(machine.state()).to.equal(state);
        const before = machine.made();
        machine.send(look);
        expect(machine.state()).to.equal(expected);
        const isMade = expected === 'making' && state !== 'making';
        expect(machine.made() - before).to.equal(isMade ? 1 : 0);
      });
    }

    it(`${state}: an event that makes no sense fails loudly`, () => {
      const machine = mirror(...path);
      machine.send(state === 'making' ? 'nonsense' : 'made');
      expect(machine.failure()?.message).to.match(/unexpected event/);
    });
  }

  it('is made again once it has stood still for too long, in one go', () => {
    const machine = mirror('moves', 'standsStill', `after ${STUCK_AFTER_MS - 1000}`, 'standsStill');
    expect([machine.state(), machine.made()]).to.deep.equal(['stalled', 0]);
    machine.clock.advance(1000);
    expect([machine.state(), machine.made()]).to.deep.equal(['making', 1]);
    machine.send('made');
    expect(machine.state()).to.equal('following');
  });

  it('has its whole time again when it has moved, or could not be reached', () => {
    for (const between of ['moves', 'unreachable']) {
      const half = `after ${STUCK_AFTER_MS / 2}`;
      const machine = mirror('standsStill', half, between, 'standsStill', half);
      expect(machine.state(), between).to.equal('stalled');
    }
  });

  it('is made at the next look when it could not be made', () => {
    const machine = mirror('absent', 'failed');
    expect(machine.state()).to.equal('unknown');
    machine.send('absent');
    expect(machine.made()).to.equal(2);
  });
});
