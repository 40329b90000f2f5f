import type { Clock } from '../ports/clock.js';
import { EXIT_CONFIGURATION, type ParentMessage, STOP } from './child-messages.js';
import { type ChildExit, exitCodeOf, startProcessMachine } from './process.machine.js';

/** What to start as a child. */
export interface ChildCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Whether the child is ours and listens to `ParentMessage`s. */
  readonly ipc: boolean;
  /** Added to the environment of this process, where that does not say otherwise. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it gets a process group of its own, which a terminal's Ctrl-C does not reach. */
  readonly detached: boolean;
}

/** A child that was started, as the supervisor sees it. */
export interface RunningChild {
  /** Undefined when the child could not be started; `onExit` then says why. */
  readonly pid: number | undefined;
  /** The listener is called later, never at once; that of `onExit` too. */
  onSpawned(listener: () => void): void;
  /** Called once, also for a child that could not be started. */
  onExit(listener: (exit: ChildExit) => void): void;
  /** Does nothing when the child is gone already: its exit is told by `onExit`. */
  send(message: ParentMessage): void;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** The operating system's processes; `edge/child-process.ts` is the real one. */
export interface ChildProcessPort {
  spawn(command: ChildCommand): RunningChild;
}

export interface SupervisedProcess {
  /** For log lines: `node1`, `nats-server`. */
  readonly name: string;
  readonly command: ChildCommand;
  /**
   * For a child that does not listen to messages: resolves when it has nothing left to do and may be
   * terminated. Without it, a child is told to stop by a message.
   */
  readonly untilIdle?: () => Promise<void>;
  /** Why it cannot be started at this time, where that can be seen; told with its exits. */
  readonly obstacle?: () => string | undefined;
}

export interface SupervisionPorts {
  readonly processes: ChildProcessPort;
  readonly clock: Clock;
  /** One line for the operator. */
  readonly log: (line: string) => void;
}

export interface ProcessSupervisor {
  /** Stops the child and then the supervision; a call that comes `STOP_AGAIN_MS` later or more kills it. */
  stop(): void;
  /** The process that does the work, while there is one. */
  readonly childPid: number | undefined;
  /** Resolves with the exit code of the parent; rejects when the supervision itself is broken (a bug). */
  readonly finished: Promise<number>;
}

/** Runs a child, restarts it with back-off when it dies, and stops it when asked. */
export function superviseProcess(
  { name, command, untilIdle, obstacle }: SupervisedProcess,
  { processes, clock, log }: SupervisionPorts,
): ProcessSupervisor {
  let child: RunningChild | undefined;
  const described = (exit: ChildExit): string => {
    const why = obstacle?.();
    return `${name}: ${describeExit(exit)}${why === undefined ? '' : ` (${why})`}`;
  };

  const machine = startProcessMachine(
    {
      spawnChild: () => {
        const spawned = processes.spawn(command);
        child = spawned;
        spawned.onSpawned(() => machine.send({ type: 'child.spawned' }));
        spawned.onExit((exit) => {
          child = undefined;
          machine.send({ type: 'child.exited', exit, atMs: clock.monotonicMs() });
        });
      },
      askToStop: () => {
        if (untilIdle === undefined) return child?.send(STOP);
        untilIdle()
          .catch((error) => log(`${name}: stopped without waiting for its clients: ${error}`))
          .finally(() => {
            if (machine.getSnapshot().status === 'active') machine.send({ type: 'child.idle' });
          });
      },
      terminateChild: () => child?.kill('SIGTERM'),
      killChild: () => {
        log(`${name}: process ${child?.pid} did not stop in time and is killed`);
        child?.kill('SIGKILL');
      },
      reportRestart: (exit, delayMs) => log(`${described(exit)}; started again in ${delayMs} ms`),
      reportGivingUp: (exit) => {
        // A misconfigured child has said itself what is wrong; one clear line is better than two.
        if (exit.code !== EXIT_CONFIGURATION)
          log(`${described(exit)}, once too often; not started again`);
      },
    },
    clock,
  );

  const finished = new Promise<number>((resolve, reject) => {
    machine.subscribe({
      complete: () => resolve(exitCodeOf(machine.getSnapshot())),
      error: reject,
    });
  });
  return {
    stop: () => {
      if (machine.getSnapshot().status !== 'active') return;
      machine.send({ type: 'stop.requested', atMs: clock.monotonicMs() });
    },
    get childPid() {
      return child?.pid;
    },
    finished,
  };
}

function describeExit(exit: ChildExit): string {
  if (exit.failure !== undefined) return `could not be started: ${exit.failure}`;
  return exit.signal === null ? `exited with code ${exit.code}` : `was killed by ${exit.signal}`;
}
