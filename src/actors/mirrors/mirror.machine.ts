import { type Actor, createActor, setup } from 'xstate';
import { AssertionFailure } from '../../assert.js';
import { machineClock } from '../kernel/machine-clock.js';
import type { Clock } from '../ports/clock.js';

/** What a look at a mirror and at its origin shows, and what came of making it. */
export type MirrorEvent =
  /** The other datacentre does not answer. */
  | { type: 'unreachable' }
  /** The other datacentre cuts the metric space in another way: nothing of it may be read. */
  | { type: 'refused' }
  /** There is no mirror. */
  | { type: 'absent' }
  /** The origin was made anew, or lost its end: the mirror is one of something that is gone. */
  | { type: 'replaced' }
  /** The mirror is at the end of its origin, or has come closer since the look before. */
  | { type: 'moves' }
  /** The mirror is behind and has not come closer. */
  | { type: 'standsStill' }
  | { type: 'made' }
  | { type: 'failed' };

export interface MirrorInput {
  /** How long it may stand still before it is made again. */
  stuckAfterMs: number;
  /** Begins to make the mirror; `made` or `failed` says what came of it. */
  make: () => void;
}

/**
 * A mirror of another datacentre's shard log, as a node that reads it sees it. It stands still for a while after
 * each cut of the link; one that stands still for too long is made again.
 */
export const mirrorMachine = setup({
  types: {
    context: {} as MirrorInput,
    input: {} as MirrorInput,
    events: {} as MirrorEvent,
  },
  actions: {
    make: ({ context }) => context.make(),
    unexpected: ({ event }) => {
      throw new AssertionFailure(`mirror: unexpected event ${event.type}`);
    },
  },
  delays: { stuckAfter: ({ context }) => context.stuckAfterMs },
}).createMachine({
  id: 'mirror',
  context: ({ input }) => input,
  initial: 'unknown',
  on: {
    '*': { actions: 'unexpected' },
    unreachable: '.cutOff',
    refused: '.refused',
    absent: '.making',
    replaced: '.making',
    moves: '.following',
    standsStill: '.stalled',
  },
  states: {
    unknown: {},
    cutOff: { on: { unreachable: {} } },
    refused: { on: { refused: {} } },
    following: { on: { moves: {} } },
    stalled: { on: { standsStill: {} }, after: { stuckAfter: 'making' } },
    making: {
      entry: 'make',
      on: {
        made: 'following',
        failed: 'unknown',
        // What was seen before it was made says nothing of the new one.
        unreachable: {},
        refused: {},
        absent: {},
        replaced: {},
        moves: {},
        standsStill: {},
      },
    },
  },
});

export type MirrorMachine = Actor<typeof mirrorMachine>;

/** A machine for one mirror, not started yet. */
export function createMirrorMachine(id: string, input: MirrorInput, clock: Clock): MirrorMachine {
  return createActor(mirrorMachine, { id, input, clock: machineClock(clock) });
}
