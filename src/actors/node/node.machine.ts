import { type Actor, createActor, setup } from 'xstate';
import { AssertionFailure } from '../../assert.js';

export type NodeEvent =
  /** Every replica has loaded its index and checkpoint. */
  | { type: 'recovered' }
  /** Every replica that can is at the end of its log. */
  | { type: 'caughtUp' }
  /** At least one replica reads a backlog. */
  | { type: 'fellBehind' }
  | { type: 'drain' }
  | { type: 'drained' }
  /** An operator wants it back. */
  | { type: 'rejoin' };

/** Life of a node: `joining -> replaying -> live -> draining -> left`, and back to `joining` when it was drained. */
export const nodeMachine = setup({
  types: { events: {} as NodeEvent },
  actions: {
    unexpected: ({ event }) => {
      throw new AssertionFailure(`node: unexpected event ${event.type}`);
    },
  },
}).createMachine({
  id: 'node',
  initial: 'joining',
  on: { '*': { actions: 'unexpected' } },
  states: {
    joining: { on: { recovered: 'replaying', drain: 'draining' } },
    replaying: { on: { caughtUp: 'live', fellBehind: {}, drain: 'draining' } },
    live: { on: { caughtUp: {}, fellBehind: 'replaying', drain: 'draining' } },
    draining: { on: { caughtUp: {}, fellBehind: {}, recovered: {}, drained: 'left' } },
    left: { on: { rejoin: 'joining' } },
  },
});

export type NodeMachine = Actor<typeof nodeMachine>;

/** A machine for this node, not started yet. */
export function createNodeMachine(): NodeMachine {
  return createActor(nodeMachine);
}
