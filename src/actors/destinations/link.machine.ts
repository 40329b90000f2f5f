import { type Actor, assign, createActor, setup } from 'xstate';
import { AssertionFailure } from '../../assert.js';
import { machineClock } from '../kernel/machine-clock.js';
import type { Clock } from '../ports/clock.js';

/** First pause before a daemon is dialled again; it doubles with each failure in a row. */
export const BACK_OFF_FIRST_MS = 250;
export const BACK_OFF_MAX_MS = 10_000;
/** A daemon that does not answer within this time is dialled again. */
export const CONNECT_LIMIT_MS = 5_000;
/** A connection that held this long was a good one: the pauses begin anew. */
export const SETTLED_MS = 5_000;

export type LinkEvent =
  | { type: 'connected' }
  /** The connection is gone, or could not be made. */
  | { type: 'lost' }
  | { type: 'close' };

/** What the machine does to the world; given by whoever runs it. */
export interface LinkActions {
  dial(): void;
  /** Drops a connection that does not come about. */
  abandon(): void;
}

/** The pause after so many failures in a row. */
export function backOffMs(failures: number): number {
  return Math.min(BACK_OFF_MAX_MS, BACK_OFF_FIRST_MS * 2 ** Math.max(0, failures - 1));
}

/** The connection to one daemon: `connecting -> up -> backingOff -> connecting ...`, until `closed`. */
export const linkMachine = setup({
  types: { context: {} as { failures: number }, events: {} as LinkEvent },
  delays: {
    backOff: ({ context }) => backOffMs(context.failures),
    connectLimit: CONNECT_LIMIT_MS,
    settled: SETTLED_MS,
  },
  actions: {
    dial: notProvided,
    abandon: notProvided,
    countFailure: assign(({ context }) => ({ failures: context.failures + 1 })),
    forgetFailures: assign({ failures: 0 }),
    unexpected: ({ event }) => {
      throw new AssertionFailure(`link: unexpected event ${event.type}`);
    },
  },
}).createMachine({
  id: 'link',
  context: { failures: 0 },
  initial: 'connecting',
  on: { '*': { actions: 'unexpected' } },
  states: {
    connecting: {
      entry: 'dial',
      on: {
        connected: 'up',
        lost: { target: 'backingOff', actions: 'countFailure' },
        close: { target: 'closed', actions: 'abandon' },
      },
      after: { connectLimit: { target: 'backingOff', actions: ['abandon', 'countFailure'] } },
    },
    up: {
      on: { lost: { target: 'backingOff', actions: 'countFailure' }, close: 'closed' },
      after: { settled: { actions: 'forgetFailures' } },
    },
    backingOff: { on: { close: 'closed' }, after: { backOff: 'connecting' } },
    closed: { type: 'final' },
  },
});

export type LinkMachine = Actor<typeof linkMachine>;

function notProvided(): never {
  throw new AssertionFailure('an action of the link machine is not provided');
}

/** A machine for one link, not started yet. */
export function createLinkMachine(actions: LinkActions, clock: Clock): LinkMachine {
  const provided = linkMachine.provide({
    actions: { dial: () => actions.dial(), abandon: () => actions.abandon() },
  });
  return createActor(provided, { clock: machineClock(clock) });
}
