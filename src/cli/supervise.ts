import { fileURLToPath } from 'node:url';
import {
  type SupervisedProcess,
  superviseProcess,
} from '../actors/supervision/process-supervisor.js';
import { childProcesses, onStopSignal, surviveLostOutput } from '../edge/child-process.js';
import { systemClock } from '../edge/clock.js';
import { errorText } from '../errors.js';
import type { Outside } from './configuration.js';
import type { ProcessOptions } from './process-options.js';

/** Runs this program again as a child with these options, and restarts it when it dies. */
export function superviseSelf(
  { argv, read }: Outside,
  args: readonly string[],
  name: string,
  { v8, environment }: ProcessOptions,
): Promise<number> {
  const command = {
    file: process.execPath,
    args: [...v8, ...process.execArgv, argv[1], ...args],
    environment,
    ipc: true,
    detached: false,
  };
  return supervise({ name, command, obstacle: () => missing(read) });
}

/** What to do about a program that was removed while it ran, as by an upgrade that failed. */
function missing(read: Outside['read']): string | undefined {
  const file = fileURLToPath(import.meta.url);
  const remedy = 'build or install carbonbus again';
  try {
    if (read(file) === undefined) return `${file} is not there any more: ${remedy}`;
  } catch (error) {
    return `${errorText(error)}: ${remedy}`;
  }
  return undefined;
}

/** Runs a process as a child, and restarts it when it dies. Resolves with the exit code. */
export function supervise(supervised: SupervisedProcess): Promise<number> {
  surviveLostOutput();
  const supervisor = superviseProcess(supervised, {
    processes: childProcesses,
    clock: systemClock,
    log: say,
  });
  onStopSignal(() => supervisor.stop());
  return supervisor.finished;
}

/** One line for the operator. */
export function say(line: string): void {
  process.stderr.write(`carbonbus: ${line}\n`);
}
