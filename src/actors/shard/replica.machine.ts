import { type Actor, assertEvent, assign, createActor, setup } from 'xstate';
import { AssertionFailure } from '../../assert.js';

/** What happens to a shard replica. At most one of these a batch, never one a point. */
export type ReplicaEvent =
  | { type: 'open' }
  /** Index and checkpoint are loaded; `behind` messages are to be read. */
  | { type: 'recovered'; behind: number }
  /** The replica has come to the end of its log. */
  | { type: 'caughtUp' }
  /** The replica has fallen behind its log again (a pause, a stall). */
  | { type: 'fellBehind' }
  /** The disk refuses writes: full, read-only or broken. */
  | { type: 'diskFailed'; code: string }
  | { type: 'diskHealed' }
  | { type: 'drain' }
  | { type: 'drained' }
  /** As `drained`, of a replica that goes on to answer. */
  | { type: 'rested' };

const unexpected = ({ event, self }: { event: { type: string }; self: { id: string } }): never => {
  throw new AssertionFailure(`shard replica ${self.id}: unexpected event ${event.type}`);
};

/** Life of one shard replica: `closed -> recovering -> replaying -> live -> draining -> closed`, or `degraded`, or `resting`. */
export const replicaMachine = setup({
  types: { context: {} as { diskError: string | null }, events: {} as ReplicaEvent },
  actions: {
    unexpected,
    noteDiskError: assign(({ event }) => {
      assertEvent(event, 'diskFailed');
      return { diskError: event.code };
    }),
    forgetDiskError: assign({ diskError: null }),
  },
  guards: {
    isBehind: ({ event }) => event.type === 'recovered' && event.behind > 0,
  },
}).createMachine({
  id: 'shardReplica',
  context: { diskError: null },
  initial: 'closed',
  on: { '*': { actions: 'unexpected' } },
  states: {
    // The disk may be found full by a checkpoint that waited for it to be synced.
    closed: { on: { open: 'recovering', diskFailed: {} } },
    recovering: {
      on: {
        recovered: [{ guard: 'isBehind', target: 'replaying' }, { target: 'live' }],
        diskFailed: { target: 'degraded', actions: 'noteDiskError' },
        drain: 'draining',
      },
    },
    replaying: {
      on: {
        caughtUp: 'live',
        fellBehind: {},
        diskFailed: { target: 'degraded', actions: 'noteDiskError' },
        drain: 'draining',
      },
    },
    live: {
      on: {
        caughtUp: {},
        fellBehind: 'replaying',
        diskFailed: { target: 'degraded', actions: 'noteDiskError' },
        drain: 'draining',
      },
    },
    degraded: {
      on: {
        caughtUp: {},
        fellBehind: {},
        diskFailed: { actions: 'noteDiskError' },
        diskHealed: { target: 'replaying', actions: 'forgetDiskError' },
        drain: 'draining',
      },
    },
    draining: {
      on: {
        caughtUp: {},
        fellBehind: {},
        diskFailed: {},
        diskHealed: {},
        drained: 'closed',
        rested: 'resting',
      },
    },
    // It reads no more, writes what is left, and answers.
    resting: { on: { diskFailed: {}, drain: 'draining' } },
  },
});

export type ReplicaMachine = Actor<typeof replicaMachine>;

/** A machine for one replica, not started yet. */
export function createReplicaMachine(shard: number): ReplicaMachine {
  return createActor(replicaMachine, { id: `shard-${shard}` });
}
