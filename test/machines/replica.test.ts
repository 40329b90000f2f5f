import { expect } from 'chai';
import { type ReplicaEvent, replicaMachine } from '../../src/actors/shard/replica.machine.js';
import { led } from '../support/led-machine.js';

const EVENTS: Record<string, ReplicaEvent> = {
  open: { type: 'open' },
  'recovered at the end': { type: 'recovered', behind: 0 },
  'recovered behind': { type: 'recovered', behind: 3 },
  caughtUp: { type: 'caughtUp' },
  fellBehind: { type: 'fellBehind' },
  diskFailed: { type: 'diskFailed', code: 'ENOSPC' },
  diskHealed: { type: 'diskHealed' },
  drain: { type: 'drain' },
  drained: { type: 'drained' },
  rested: { type: 'rested' },
};

const PATHS: Record<string, string[]> = {
  closed: [],
  recovering: ['open'],
  replaying: ['open', 'recovered behind'],
  live: ['open', 'recovered at the end'],
  degraded: ['open', 'recovered at the end', 'diskFailed'],
  draining: ['open', 'recovered at the end', 'drain'],
  resting: ['open', 'recovered at the end', 'drain', 'rested'],
};

/** Where each event leads from each state; an event that is not here is a bug of who sends it. */
const TABLE: Record<string, Record<string, string>> = {
  closed: { open: 'recovering', diskFailed: 'closed' },
  recovering: {
    'recovered at the end': 'live',
    'recovered behind': 'replaying',
    diskFailed: 'degraded',
    drain: 'draining',
  },
  replaying: {
    caughtUp: 'live',
    fellBehind: 'replaying',
    diskFailed: 'degraded',
    drain: 'draining',
  },
  live: { caughtUp: 'live', fellBehind: 'replaying', diskFailed: 'degraded', drain: 'draining' },
  degraded: {
    caughtUp: 'degraded',
    fellBehind: 'degraded',
    diskFailed: 'degraded',
    diskHealed: 'replaying',
    drain: 'draining',
  },
  draining: {
    caughtUp: 'draining',
    fellBehind: 'draining',
    diskFailed: 'draining',
    diskHealed: 'draining',
    drained: 'closed',
    rested: 'resting',
  },
  resting: { diskFailed: 'resting', drain: 'draining' },
};

describe('replica machine', () => {
  it('has no state that is not walked through here', () => {
    expect(Object.keys(replicaMachine.states)).to.have.members([...Object.keys(PATHS)]);
  });

  for (const [state, path] of Object.entries(PATHS)) {
    for (const event of [...Object.keys(EVENTS), 'neverHeardOf']) {
      const target = TABLE[state][event];
      it(`${state}: ${event} ${target === undefined ? 'is a bug' : `leads to ${target}`}`, () => {
        const machine = led(replicaMachine, path, EVENTS);
        expect(machine.state()).to.equal(state);
        machine.send(event);
        if (target === undefined) {
          expect(machine.failure()?.message).to.match(/unexpected event/);
          expect(machine.snapshot().status).to.equal('error');
        } else {
          expect(machine.failure()).to.equal(undefined);
          expect(machine.state()).to.equal(target);
        }
      });
    }
  }

  it('remembers what the disk said, and forgets it when the disk takes writes again', () => {
    const machine = led(replicaMachine, PATHS.degraded, EVENTS);
    const diskError = () => machine.snapshot().context.diskError;
    expect(diskError()).to.equal('ENOSPC');
    machine.send('diskHealed');
    expect(diskError()).to.equal(null);
  });

  it('can be opened again after it was drained', () => {
    const machine = led(replicaMachine, [...PATHS.draining, 'drained', 'open'], EVENTS);
    expect(machine.state()).to.equal('recovering');
  });
});
