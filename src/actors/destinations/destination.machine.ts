import { type Actor, createActor, setup } from 'xstate';
import { AssertionFailure } from '../../assert.js';

export type DestinationEvent =
  /** A daemon of the destination takes points. */
  | { type: 'reached' }
  /** None does. */
  | { type: 'lost' }
  /** Nothing that is due is left but what comes in now. */
  | { type: 'caughtUp' }
  | { type: 'fellBehind' }
  | { type: 'stop' };

/** A legacy destination: `down -> replaying <-> live -> down ...`, until `stopped`. */
export const destinationMachine = setup({
  types: { events: {} as DestinationEvent },
  actions: {
    unexpected: ({ event, self }) => {
      throw new AssertionFailure(`destination ${self.id}: unexpected event ${event.type}`);
    },
  },
}).createMachine({
  id: 'destination',
  initial: 'down',
  on: { '*': { actions: 'unexpected' } },
  states: {
    down: { on: { reached: 'replaying', stop: 'stopped' } },
    replaying: {
      on: { lost: 'down', caughtUp: 'live', fellBehind: {}, stop: 'stopped' },
    },
    live: { on: { lost: 'down', caughtUp: {}, fellBehind: 'replaying', stop: 'stopped' } },
    stopped: { type: 'final' },
  },
});

export type DestinationMachine = Actor<typeof destinationMachine>;

/** A machine for one destination, not started yet. */
export function createDestinationMachine(name: string): DestinationMachine {
  return createActor(destinationMachine, { id: name });
}
