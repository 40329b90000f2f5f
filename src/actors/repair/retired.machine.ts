import { type Actor, createActor, setup } from 'xstate';
import { AssertionFailure } from '../../assert.js';

export type RetiredEvent =
  /** An operator wants the files removed. */
  | { type: 'remove' }
  /** Those who keep the shard now have all that is in them. */
  | { type: 'complete' }
  /** They have not, or cannot be asked. */
  | { type: 'refused' }
  | { type: 'removed' }
  /** The disk refused; what is left is served again. */
  | { type: 'failed' };

/** The files of a shard that a node keeps no longer: `kept -> checking -> removing -> removed`. */
export const retiredMachine = setup({
  types: { events: {} as RetiredEvent },
  actions: {
    unexpected: ({ event }) => {
      throw new AssertionFailure(`retired shard: unexpected event ${event.type}`);
    },
  },
}).createMachine({
  id: 'retired',
  initial: 'kept',
  on: { '*': { actions: 'unexpected' } },
  states: {
    kept: { on: { remove: 'checking' } },
    checking: { on: { remove: {}, complete: 'removing', refused: 'kept' } },
    removing: { on: { remove: {}, removed: 'removed', failed: 'kept' } },
    removed: { on: { remove: {} } },
  },
});

export type RetiredMachine = Actor<typeof retiredMachine>;

/** A machine for one shard's files, not started yet. */
export function createRetiredMachine(shard: number): RetiredMachine {
  return createActor(retiredMachine, { id: `retired-${shard}` });
}
