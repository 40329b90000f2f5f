import { type Actor, createActor, setup } from 'xstate';
import { AssertionFailure } from '../../assert.js';
import { machineClock } from '../kernel/machine-clock.js';
import type { Clock } from '../ports/clock.js';

export type MemberEvent =
  /** A heartbeat that says the member serves all it has. */
  | { type: 'heartbeatLive' }
  /** A heartbeat of a member that joins, replays or drains. */
  | { type: 'heartbeatBusy' };

/** Heartbeats missed before a member is suspect, and before it is down. */
export const SUSPECT_AFTER_BEATS = 3;
export const DOWN_AFTER_BEATS = 6;

/**
 * A process as the others see it: `unknown -> up -> suspect -> down -> rejoining -> up`.
 * Driven by its heartbeats and their absence; placement never depends on it.
 */
export const memberMachine = setup({
  types: {
    context: {} as { heartbeatIntervalMs: number },
    input: {} as { heartbeatIntervalMs: number },
    events: {} as MemberEvent,
  },
  actions: {
    unexpected: ({ event }) => {
      throw new AssertionFailure(`member: unexpected event ${event.type}`);
    },
  },
  delays: {
    suspectAfter: ({ context }) => context.heartbeatIntervalMs * SUSPECT_AFTER_BEATS,
    downAfter: ({ context }) =>
      context.heartbeatIntervalMs * (DOWN_AFTER_BEATS - SUSPECT_AFTER_BEATS),
    silentAfter: ({ context }) => context.heartbeatIntervalMs * DOWN_AFTER_BEATS,
  },
}).createMachine({
  id: 'member',
  context: ({ input }) => ({ heartbeatIntervalMs: input.heartbeatIntervalMs }),
  initial: 'unknown',
  on: { '*': { actions: 'unexpected' } },
  states: {
    unknown: {
      on: { heartbeatLive: 'up', heartbeatBusy: 'rejoining' },
      after: { silentAfter: 'down' },
    },
    up: {
      on: { heartbeatLive: { target: 'up', reenter: true }, heartbeatBusy: 'rejoining' },
      after: { suspectAfter: 'suspect' },
    },
    suspect: {
      on: { heartbeatLive: 'up', heartbeatBusy: 'rejoining' },
      after: { downAfter: 'down' },
    },
    down: { on: { heartbeatLive: 'up', heartbeatBusy: 'rejoining' } },
    rejoining: {
      on: { heartbeatLive: 'up', heartbeatBusy: { target: 'rejoining', reenter: true } },
      after: { suspectAfter: 'suspect' },
    },
  },
});

export type MemberMachine = Actor<typeof memberMachine>;

/** A machine for one member, not started yet. */
export function createMemberMachine(
  id: string,
  heartbeatIntervalMs: number,
  clock: Clock,
): MemberMachine {
  return createActor(memberMachine, {
    id,
    input: { heartbeatIntervalMs },
    clock: machineClock(clock),
  });
}
