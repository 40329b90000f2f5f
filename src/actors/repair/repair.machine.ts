import { type Actor, assign, createActor, setup } from 'xstate';
import { AssertionFailure } from '../../assert.js';
import { machineClock } from '../kernel/machine-clock.js';
import type { Clock } from '../ports/clock.js';

export type RepairEvent =
  /** The replica has a gap, its time has come, or an operator wants it compared. */
  | { type: 'due' }
  /** It is its turn, and there is a peer. */
  | { type: 'begin' }
  /** Files differ from the peer's. */
  | { type: 'differs' }
  | { type: 'copied' }
  | { type: 'finished' }
  /** There is no peer, or it stopped answering, or the disk refused. */
  | { type: 'failed' };

/** The first wait after a failure; each further one is twice as long, up to the second. */
export const RETRY_FIRST_MS = 5_000;
export const RETRY_MAX_MS = 300_000;

/** Comparing one replica with its peers: `idle -> due -> comparing <-> copying -> idle`, or `waiting` to try again. */
export const repairMachine = setup({
  types: { context: {} as { failures: number }, events: {} as RepairEvent },
  actions: {
    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
    forgetFailures: assign({ failures: 0 }),
    unexpected: ({ event }) => {
      throw new AssertionFailure(`repair: unexpected event ${event.type}`);
    },
  },
  delays: {
    retry: ({ context }) => Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (context.failures - 1)),
  },
}).createMachine({
  id: 'repair',
  context: { failures: 0 },
  initial: 'idle',
  on: { '*': { actions: 'unexpected' } },
  states: {
    idle: { on: { due: 'due' } },
    due: { on: { due: {}, begin: 'comparing', failed: 'waiting', finished: 'idle' } },
    comparing: {
      on: {
        due: {},
        differs: 'copying',
        finished: { target: 'idle', actions: 'forgetFailures' },
        failed: 'waiting',
      },
    },
    copying: { on: { due: {}, copied: 'comparing', failed: 'waiting' } },
    waiting: { entry: 'countFailure', on: { due: 'due' }, after: { retry: 'due' } },
  },
});

export type RepairMachine = Actor<typeof repairMachine>;

/** A machine for one replica, not started yet. */
export function createRepairMachine(shard: number, clock: Clock): RepairMachine {
  return createActor(repairMachine, { id: `repair-${shard}`, clock: machineClock(clock) });
}
