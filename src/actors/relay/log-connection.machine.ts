import { type Actor, assign, createActor, setup } from 'xstate';
import { AssertionFailure } from '../../assert.js';

export type LogConnectionEvent =
  /** The connection to the server of the logs has gone, and is being made again. */
  | { type: 'lost' }
  | { type: 'back' }
  /** It is ours to end it. */
  | { type: 'closed' };

/** The connection by which logs are written: `connected <-> disconnected`, and `closed` in the end. */
export const logConnectionMachine = setup({
  types: { context: {} as { losses: number }, events: {} as LogConnectionEvent },
  actions: {
    countLoss: assign({ losses: ({ context }) => context.losses + 1 }),
    unexpected: ({ event }) => {
      throw new AssertionFailure(`log connection: unexpected event ${event.type}`);
    },
  },
}).createMachine({
  id: 'logConnection',
  context: { losses: 0 },
  initial: 'connected',
  on: { '*': { actions: 'unexpected' } },
  states: {
    connected: {
      on: { lost: { target: 'disconnected', actions: 'countLoss' }, closed: 'closed' },
    },
    // The server that is tried next may be lost before it was there.
    disconnected: { on: { lost: {}, back: 'connected', closed: 'closed' } },
    closed: { type: 'final' },
  },
});

export type LogConnectionMachine = Actor<typeof logConnectionMachine>;

/** A machine for a connection that was just made, not started yet. */
export function createLogConnectionMachine(): LogConnectionMachine {
  return createActor(logConnectionMachine);
}
