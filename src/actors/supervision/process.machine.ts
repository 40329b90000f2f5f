import { type Actor, assign, createActor, type SnapshotFrom, setup } from 'xstate';
import { AssertionFailure, assert } from '../../assert.js';
import { machineClock } from '../kernel/machine-clock.js';
import type { Clock } from '../ports/clock.js';
import { EXIT_CONFIGURATION } from './child-messages.js';

/** First pause before a restart; each death in a row doubles it. */
export const BACK_OFF_MIN_MS = 100;
/** Longest pause. Short, because a role that is away is a hole in the cluster. */
export const BACK_OFF_MAX_MS = 1000;
/** A child that has lived this long has started well: the back-off begins anew. */
export const SETTLED_MS = 10_000;
/**
 * More restarts than this within the window, and the parent gives up. A child that dies as it starts gets
 * there in under a minute; one that is killed from outside every two seconds never does.
 */
export const RESTARTS_MAX = 30;
export const RESTART_WINDOW_MS = 60_000;
/** How long a child may take to stop when asked, before it is sent SIGTERM. */
export const STOP_GRACE_MS = 6000;
/** How long it may take in all, before it is sent SIGKILL. */
export const STOP_LIMIT_MS = 8000;

/** A request to stop that comes so long after the first one is no echo of it: somebody has lost patience. */
export const STOP_AGAIN_MS = 2000;

/** How a child ended: as `ChildProcess` tells it, or why it could not be started at all. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly failure?: string;
}

export type ProcessEvent =
  | { type: 'child.spawned' }
  | { type: 'child.exited'; exit: ChildExit; atMs: number }
  /** The child has nothing left to do: it may be terminated before its grace is over. */
  | { type: 'child.idle' }
  | { type: 'stop.requested'; atMs: number };

export interface ProcessContext {
  /** Deaths in a row, none of them after a settled life. */
  readonly deathsInRow: number;
  /** When the child was restarted, within the window. */
  readonly restartsAtMs: readonly number[];
  readonly lastExit: ChildExit | undefined;
  /** When a stop was first requested. */
  readonly stopAtMs: number;
}

/** What the machine does to the world; given by whoever runs it. */
export interface ProcessActions {
  spawnChild(): void;
  /** Asks the child to finish its work. */
  askToStop(): void;
  terminateChild(): void;
  killChild(): void;
  reportRestart(exit: ChildExit, delayMs: number): void;
  reportGivingUp(exit: ChildExit): void;
}

/** The pause before the next restart, after so many deaths in a row. */
export function backOffMs(deathsInRow: number): number {
  return Math.min(BACK_OFF_MAX_MS, BACK_OFF_MIN_MS * 2 ** Math.max(0, deathsInRow - 1));
}

/** What the death of a child that nobody asked to stop leads to. */
const DEATH = [
  { guard: 'isMisconfigured', target: 'failed', actions: 'rememberExit' },
  { guard: 'isTooOften', target: 'failed', actions: 'rememberExit' },
  { target: 'backingOff', actions: ['rememberExit', 'countDeath'] },
] as const;

const STOP = { target: 'stopping', actions: 'noteStop' } as const;

/** A child of a supervisor: `starting -> running -> backingOff -> starting ... -> stopped | failed`. */
export const processMachine = setup({
  types: {
    context: {} as ProcessContext,
    events: {} as ProcessEvent,
  },
  delays: {
    backOff: ({ context }) => backOffMs(context.deathsInRow),
    settled: SETTLED_MS,
    stopGrace: STOP_GRACE_MS,
    stopLimit: STOP_LIMIT_MS,
  },
  guards: {
    isMisconfigured: ({ event }) => exitOf(event).exit.code === EXIT_CONFIGURATION,
    isAgain: ({ context, event }) => requestOf(event).atMs - context.stopAtMs >= STOP_AGAIN_MS,
    isTooOften: ({ context, event }) =>
      recentRestarts(context, exitOf(event).atMs).length >= RESTARTS_MAX,
  },
  actions: {
    spawnChild: notProvided,
    askToStop: notProvided,
    terminateChild: notProvided,
    killChild: notProvided,
    reportRestart: notProvided,
    reportGivingUp: notProvided,
    rememberExit: assign(({ event }) => ({ lastExit: exitOf(event).exit })),
    countDeath: assign(({ context, event }) => ({
      deathsInRow: context.deathsInRow + 1,
      restartsAtMs: [...recentRestarts(context, exitOf(event).atMs), exitOf(event).atMs],
    })),
    noteStop: assign(({ event }) => ({ stopAtMs: requestOf(event).atMs })),
    forgetDeaths: assign({ deathsInRow: 0 }),
    refuse: ({ event }) => {
      throw new AssertionFailure(`process machine: unexpected ${JSON.stringify(event)}`);
    },
  },
}).createMachine({
  id: 'process',
  context: { deathsInRow: 0, restartsAtMs: [], lastExit: undefined, stopAtMs: 0 },
  initial: 'starting',
  on: { '*': { actions: 'refuse' } },
  states: {
    starting: {
      entry: 'spawnChild',
      on: {
        'child.spawned': 'running',
        'child.exited': DEATH,
        'stop.requested': STOP,
      },
    },
    running: {
      after: { settled: { actions: 'forgetDeaths' } },
      on: {
        'child.exited': DEATH,
        'stop.requested': STOP,
      },
    },
    backingOff: {
      entry: 'reportRestart',
      after: { backOff: 'starting' },
      on: { 'stop.requested': 'stopped' },
    },
    stopping: {
      initial: 'asking',
      after: { stopLimit: '.killing' },
      on: {
        'child.exited': 'stopped',
        // A stop that came while the child was being spawned.
        'child.spawned': {},
        'child.idle': {},
        // A terminal and foreman both send SIGINT at once: the first one counts.
        'stop.requested': [{ guard: 'isAgain', target: '.killing' }, {}],
      },
      states: {
        asking: {
          entry: 'askToStop',
          after: { stopGrace: 'terminating' },
          on: { 'child.idle': 'terminating' },
        },
        terminating: { entry: 'terminateChild' },
        killing: { entry: 'killChild', on: { 'stop.requested': {} } },
      },
    },
    stopped: { type: 'final' },
    failed: { type: 'final', entry: 'reportGivingUp' },
  },
});

export type ProcessSnapshot = SnapshotFrom<typeof processMachine>;

/** Starts the machine: it spawns the child at once. */
export function startProcessMachine(
  actions: ProcessActions,
  clock: Clock,
): Actor<typeof processMachine> {
  const lastExit = (context: ProcessContext): ChildExit => {
    assert(context.lastExit !== undefined, 'only a child that has exited is restarted or given up');
    return context.lastExit;
  };
  const machine = processMachine.provide({
    actions: {
      spawnChild: () => actions.spawnChild(),
      askToStop: () => actions.askToStop(),
      terminateChild: () => actions.terminateChild(),
      killChild: () => actions.killChild(),
      reportRestart: ({ context }) =>
        actions.reportRestart(lastExit(context), backOffMs(context.deathsInRow)),
      reportGivingUp: ({ context }) => actions.reportGivingUp(lastExit(context)),
    },
  });
  return createActor(machine, { clock: machineClock(clock) }).start();
}

/** The exit code of the parent, once the machine is done: 0 after a stop, the child's own 78, else 1. */
export function exitCodeOf(snapshot: ProcessSnapshot): number {
  assert(snapshot.status === 'done', 'the machine is done');
  if (snapshot.matches('stopped')) return 0;
  return snapshot.context.lastExit?.code === EXIT_CONFIGURATION ? EXIT_CONFIGURATION : 1;
}

function exitOf(event: ProcessEvent): ProcessEvent & { type: 'child.exited' } {
  assert(event.type === 'child.exited', `a death is told by child.exited, not ${event.type}`);
  return event;
}

function requestOf(event: ProcessEvent): ProcessEvent & { type: 'stop.requested' } {
  assert(event.type === 'stop.requested', `a stop is told by stop.requested, not ${event.type}`);
  return event;
}

function recentRestarts(context: ProcessContext, nowMs: number): readonly number[] {
  return context.restartsAtMs.filter((atMs) => nowMs - atMs < RESTART_WINDOW_MS);
}

function notProvided(): never {
  throw new AssertionFailure('process machine: started without its actions');
}
