import { EXIT_CONFIGURATION } from '../actors/supervision/child-messages.js';
import {
  type SupervisedProcess,
  superviseProcess,
} from '../actors/supervision/process-supervisor.js';
import type { Settings } from '../config/settings.js';
import { childProcesses, onStopSignal, surviveClosedOutput } from '../edge/child-process.js';
import { systemClock } from '../edge/clock.js';
import { natsPasswords } from '../edge/nats-passwords.js';
import { prepareNatsServer } from '../edge/nats-server.js';
import { CarbonbusError } from '../errors.js';
import { privateFiles } from '../storage/private-files.js';
import type { Outside } from './configuration.js';

/** Runs this program again as a child with these options of V8, and restarts it when it dies. */
export function superviseSelf(
  { argv }: Outside,
  args: readonly string[],
  name: string,
  v8Options: readonly string[] = [],
): Promise<number> {
  const command = {
    file: process.execPath,
    args: [...v8Options, ...process.execArgv, argv[1], ...args],
    ipc: true,
    detached: false,
  };
  return supervise({ name, command });
}

/** Runs nats-server, and restarts it when it dies. */
export async function superviseNats(
  outside: Outside,
  settings: Settings,
  name: string,
): Promise<number> {
  try {
    return await supervise(
      await prepareNatsServer({
        name,
        settings,
        passwords: natsPasswords(settings.nats, privateFiles),
        env: outside.env,
        files: privateFiles,
        log: say,
      }),
    );
  } catch (error) {
    if (!(error instanceof CarbonbusError)) throw error;
    say(error.message);
    return EXIT_CONFIGURATION;
  }
}

function supervise(supervised: SupervisedProcess): Promise<number> {
  surviveClosedOutput();
  const supervisor = superviseProcess(supervised, {
    processes: childProcesses,
    clock: systemClock,
    log: say,
  });
  onStopSignal(() => supervisor.stop());
  return supervisor.finished;
}

function say(line: string): void {
  process.stderr.write(`carbonbus: ${line}\n`);
}
