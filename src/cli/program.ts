import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { CarbonbusError } from '../errors.js';
import type { Role } from '../protocols/messages.js';
import { REJECTIONS_MAX } from '../protocols/messages.js';
import { Exit, natsAccess, type Outside, settingsOf } from './configuration.js';
import type { Cluster } from './operator.js';
import { superviseNats, superviseSelf } from './supervise.js';
import type { ToolWorld } from './whisper/run-tool.js';
import { addWhisperTools } from './whisper/tools.js';

const ROLE_HELP: Record<Role, string> = {
  relay: 'run a relay: takes points in and publishes them to the shard logs',
  node: 'run a node: keeps the replicas of its shards as whisper files',
  api: 'run the query side: HTTP and cache queries',
};

/** Files a second that a migration may be told to rewrite. */
const RATE_MIN = 0.01;
const RATE_MAX = 100_000;

/** The command line. Resolves with the exit code of the process. */
export async function carbonbusProgram(outside: Outside): Promise<number> {
  let exitCode = 0;
  const program = new Command('carbonbus')
    .description('Carbon on a message bus: receives, keeps and serves Graphite metrics.')
    .option('--config <folder>', 'folder of carbon.conf and the storage files', 'config')
    .exitOverride()
    .showHelpAfterError();
  const folder = (): string => program.opts<{ config: string }>().config;
  const run = (work: () => Promise<number>) => async (): Promise<void> => {
    exitCode = await work();
  };
  addRoles(program, outside, folder, run);
  const exit = (code: number): void => {
    exitCode = code;
  };
  addOperatorCommands(program, outside, folder, exit);
  await addWhisperTools(program, outside.argv, () => machineWorld(outside), exit);
  try {
    await program.parseAsync([...outside.argv]);
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
  program
    .command('nats')
    .description('run nats-server with the logs of the cluster, restarted when it dies')
    .action(run(() => superviseNats(outside, settingsOf(outside, folder()))));
  for (const [role, help] of Object.entries(ROLE_HELP)) {
    const command = program
      .command(role)
      .description(`${help}; restarted when it dies`)
      .option('--name <name>', 'name of this instance', `${role}1`);
    command.action(
      run(() => {
        const { name } = command.opts<{ name: string }>();
        return superviseSelf(outside, ['--config', folder(), 'run', role, '--name', name], name);
      }),
    );
  }
  const child = program
    .command('run')
    .description('run a role in this process, without the parent that restarts it')
    .argument('<role>', 'relay, node or api')
    .option('--name <name>', 'name of this instance');
  child.action((role: string) => run(() => runHere(outside, folder(), role, child.opts()))());
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
    process.stderr.write(`error: ${role} is not a role: relay, node or api\n`);
    throw new Exit(1);
  }
  const { runConfigured } = await import('./run-configured.js');
  return runConfigured(outside, folder, role, options.name ?? `${role}1`);
}

function isRole(role: string): role is Role {
  return Object.hasOwn(ROLE_HELP, role);
}

function addOperatorCommands(
  program: Command,
  outside: Outside,
  folder: () => string,
  exit: (code: number) => void,
): void {
  const settings = () => settingsOf(outside, folder());
  const operator = () => import('./operator.js');
  const cluster = () => ({ settings: settings(), access: natsAccess(outside, settings().nats) });
  program
    .command('status')
    .description('show the state of every process, node and shard replica')
    .option('--json', 'as JSON, in the form of GET /cluster', false)
    .action(async (options: { json: boolean }) =>
      exit(await (await operator()).status(cluster(), options.json)),
    );
  program
    .command('lookup')
    .description('show where a metric lives: its shard, nodes and files')
    .argument('<name>', 'name of a metric')
    .option('--json', 'as JSON', false)
    .action(async (name: string, options: { json: boolean }) =>
      exit((await operator()).lookup(settings(), name, options.json)),
    );
  program
    .command('query')
    .description('show where the newest points of a metric are now, from relay to file')
    .argument('<name>', 'name of a metric')
    .option('--json', 'as JSON', false)
    .action(async (name: string, options: { json: boolean }) =>
      exit(await (await operator()).query(cluster(), name, options.json)),
    );
  program
    .command('rejected')
    .description('show the inputs that the relays refused last, with sender and reason')
    .option('--limit <n>', 'at most so many', rejectedLimit, REJECTIONS_MAX)
    .option('--json', 'as JSON, in the form of GET /rejected', false)
    .action(async (options: { limit: number; json: boolean }) =>
      exit(await (await operator()).rejected(cluster(), options.limit, options.json)),
    );
  addMigrate(program, cluster, operator, exit);
}

function addMigrate(
  program: Command,
  cluster: () => Cluster,
  operator: () => Promise<typeof import('./operator.js')>,
  exit: (code: number) => void,
): void {
  program
    .command('migrate')
    .description('change existing whisper files to what the storage files say now')
    .argument('[pattern]', 'only metrics that match this glob, or are below a folder that does', '')
    .option('--rate <files>', 'files rewritten a second, on each node', fileRate, 50)
    .option('--dry-run', 'only count the files that differ', false)
    .option('--json', 'the result as JSON', false)
    .action(async (pattern: string, options: { rate: number; dryRun: boolean; json: boolean }) =>
      exit(await (await operator()).migrate(cluster(), pattern, options)),
    );
}

function rejectedLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= REJECTIONS_MAX) return limit;
  throw new InvalidArgumentError(`a number from 1 to ${REJECTIONS_MAX} is wanted`);
}

function fileRate(text: string): number {
  const rate = Number(text);
  if (rate >= RATE_MIN && rate <= RATE_MAX) return rate;
  throw new InvalidArgumentError(`a number from ${RATE_MIN} to ${RATE_MAX} is wanted`);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof Exit) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode;
  if (!(error instanceof CarbonbusError)) throw error;
  process.stderr.write(`carbonbus: ${error.message}\n`);
  return 1;
}
