import { type AnyActorLogic, createActor, type InputFrom } from 'xstate';
import { machineClock } from '../../src/actors/kernel/machine-clock.js';
import { SimulatedClock } from './simulated-clock.js';

/** A machine under test, led to a state by events, and what becomes of it. */
export function led<L extends AnyActorLogic>(
  machine: L,
  path: readonly string[],
  events: Record<string, object>,
  input?: InputFrom<L>,
) {
  const clock = new SimulatedClock();
  const actor = createActor(machine, {
    clock: machineClock(clock),
    ...(input === undefined ? {} : { input }),
  } as never);
  let failure: unknown;
  actor.subscribe({ error: (error) => (failure = error) });
  actor.start();
  const send = (type: string): void => actor.send((events[type] ?? { type }) as never);
  for (const step of path) {
    if (step.startsWith('after ')) clock.advance(Number(step.slice('after '.length)));
    else send(step);
  }
  return {
    clock,
    send,
    state: () => (actor.getSnapshot() as unknown as { value: string }).value,
    snapshot: () => actor.getSnapshot(),
    failure: () => failure as Error | undefined,
  };
}
