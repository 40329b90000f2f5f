import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { nameToken } from '../config/kinds.js';
import { CarbonbusError } from '../errors.js';
import type { Role } from '../protocols/heartbeat.js';

import { complain, Exit, type Outside, settingsOf } from './configuration.js';
import { addOperatorCommands } from './operator/commands.js';
import { notes } from './operator/on-cluster.js';
import { OutputClosed, writeOut } from './output.js';

import { processOptions } from './process-options.js';
import { superviseSelf } from './supervise.js';
import type { ToolWorld } from './whisper/run-tool.js';
import { addWhisperTools } from './whisper/tools.js';

const ROLE_HELP: Record<Role, string> = {
  relay: 'run a relay: takes points in and publishes them to the shard logs',
  node: 'run a node: keeps the replicas of its shards as whisper files',
  forwarder:
    'run the legacy side: sends what the relays take to the carbon daemons of DESTINATIONS',
  api: 'run the query side: HTTP and cache queries',
};

/** What the help of a role says of `--name`, and an example. */
const ROLE_NOTES: Record<Role, readonly [name: string, example: string]> = {
  relay: [
    'over [relay] it reads [relay:<name>]; relays of one machine need ports of their own there',
    'carbonbus --config /etc/carbon relay --name relay2',
  ],
  node: [
    'one of NODES; over [cache] it reads [cache:<name>], its files are in <LOCAL_DATA_DIR>/<name>',
    'carbonbus --config /etc/carbon node --name node2',
  ],
  forwarder: [
    'over [relay] it reads [relay:<name>], with DESTINATIONS of its own; each name remembers how far it came',
    'carbonbus --config /etc/carbon forwarder --name far',
  ],
  api: [
    'over [api] it reads [api:<name>]; apis of one machine need ports of their own there',
    'CARBONBUS_HTTP_PORT=8081 carbonbus api --name api2',
  ],
};

/** As a shell shows a program that SIGPIPE ended. */
const EXIT_OUTPUT_CLOSED = 141;

const ROLE_SIGNALS = `Stops in order at Ctrl-C and SIGTERM, within 8 s; a second one, two seconds later, ends it at once.
LOG_LEVEL (debug, info, warn, error) in the environment says how much it logs to its standard output. Exit code: 0 when it was stopped, 78 when the configuration is wrong.`;

const EXIT_CODES = `
Exit codes: 0 done; 1 it failed, or the command was not understood; 2 the cluster is not well
(status, rejected, audit, gaps), or something that was to be removed is kept (retired);
78 the configuration is wrong; 141 whoever read the output has gone.

A variable CARBONBUS_<KEY> of the environment overrides a setting of carbon.conf.`;

/** The command line. Resolves with the exit code of the process. */
export async function carbonbusProgram(outside: Outside): Promise<number> {
  let exitCode = 0;
  let help = '';
  const program = new Command('carbonbus')
    .description('Carbon on a message bus: receives, keeps and serves Graphite metrics.')
    .version(`carbonbus ${outside.version}`, '-V, --version', 'show the version')
    .option('--config <folder>', 'folder of carbon.conf and the storage files', 'config')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        help += text;
      },
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(--help says what there is)')
    .addHelpText('after', EXIT_CODES);
  const folder = (): string => program.opts<{ config: string }>().config;
  const run = (work: () => Promise<number>) => async (): Promise<void> => {
    exitCode = await work();
  };
  addRoles(program, outside, folder, run);
  const exit = (code: number): void => {
    exitCode = code;
  };
  addOperatorCommands(program, { outside, folder, exit });
  await addWhisperTools(program, outside.argv, () => machineWorld(outside), exit);
  try {
    await program.parseAsync([...outside.argv]).finally(() => help && writeOut(help));
  } catch (error) {
    return exitCodeOf(error);
  }
  return exitCode;
}

function addRoles(
  program: Command,
  outside: Outside,
  folder: () => string,
  run: (work: () => Promise<number>) => () => Promise<void>,
): void {
  const nats = program
    .command('nats')
    .description('run nats-server with the logs of the cluster, restarted when it dies')
    .option('--name <name>', 'name of this server, and of its folder', instanceName, 'nats');
  nats.addHelpText(
    'after',
    notes(
      'The server is found in the PATH, or is the program that NATS_SERVER_BIN names; its log is nats-server.log in its folder.',
      'Example:',
      '  carbonbus --config /etc/carbon nats --name nats1',
    ),
  );
  nats.action(
    run(async () => {
      const { name } = nats.opts<{ name: string }>();
      const { superviseNats } = await import('./supervise-nats.js');
      return superviseNats(outside, settingsOf(outside, folder(), `nats:${name}`), name);
    }),
  );
  for (const [role, help] of Object.entries(ROLE_HELP) as [Role, string][]) {
    const [told, example] = ROLE_NOTES[role];
    const command = program
      .command(role)
      .description(`${help}; restarted when it dies`)
      .option('--name <name>', `name of this instance: ${told}`, instanceName, `${role}1`)
      .addHelpText('after', notes(ROLE_SIGNALS, 'Example:', `  ${example}`));
    command.action(
      run(() => {
        const { name } = command.opts<{ name: string }>();
        const args = ['--config', folder(), 'run', role, '--name', name];
        return superviseSelf(outside, args, name, processOptions(role));
      }),
    );
  }
  const child = program
    .command('run')
    .description('run a role in this process, without the parent that restarts it')
    .argument('<role>', 'relay, node, forwarder or api')
    .option('--name <name>', 'name of this instance; the role with a 1 without it', instanceName)
    .addHelpText(
      'after',
      notes(
        'Stops in order at Ctrl-C and SIGTERM, within 8 s.',
        'Example:',
        '  carbonbus run node --name node2',
      ),
    );
  child.action((role: string) => run(() => runHere(outside, folder(), role, child.opts()))());
}

/** It becomes a part of NATS subjects, and the name of a folder. */
function instanceName(text: string): string {
  const name = nameToken.parse(text);
  if ('value' in name) return name.value;
  throw new InvalidArgumentError(`${name.reason} is wanted`);
}

async function machineWorld({ env }: Outside): Promise<ToolWorld> {
  const { toolWorld } = await import('./whisper/machine-world.js');
  return toolWorld(env.TZ);
}

/** What a role needs is loaded for that role alone: the parents stay small. */
async function runHere(
  outside: Outside,
  folder: string,
  role: string,
  options: { name?: string },
): Promise<number> {
  if (!isRole(role)) {
    complain('error', [`${role} is not a role: ${Object.keys(ROLE_HELP).join(', ')}`]);
    throw new Exit(1);
  }
  const { runConfigured } = await import('./run-configured.js');
  return runConfigured(outside, folder, role, options.name ?? `${role}1`);
}

function isRole(role: string): role is Role {
  return Object.hasOwn(ROLE_HELP, role);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof Exit) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode;
  if (error instanceof OutputClosed) return EXIT_OUTPUT_CLOSED;
  if (!(error instanceof CarbonbusError)) throw error;
  complain('error', error.message.split('\n'));
  return 1;
}
