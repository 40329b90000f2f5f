import { type Command, InvalidArgumentError } from 'commander';
import { REJECTIONS_MAX } from '../../protocols/messages.js';
import {
  clusterOf,
  notes,
  numberIn,
  type OnCluster,
  type OperatorContext,
  onCluster,
} from './on-cluster.js';
import { addRepairCommands } from './repair-commands.js';

/** Files a second that a migration may be told to rewrite. */
const FILES_PER_SECOND = { min: 0.01, max: 100_000 };
const REJECTIONS = { min: 1, max: REJECTIONS_MAX };
const POINTS_PER_SECOND = { min: 1, max: 1_000_000 };
const POINTS = { min: 1, max: 1_000_000_000 };

/** Adds the operators' commands. Each is loaded when it runs, so that the parents of roles stay small. */
export function addOperatorCommands(program: Command, context: OperatorContext): void {
  addStatus(program, context);
  addLookup(program, context);
  addQuery(program, context);
  addTail(program, context);
  addRejected(program, context);
  addAudit(program, context);
  addMigrate(program, context);
  addRepairCommands(program, context);
  addCheckConfig(program, context);
  addConfig(program, context);
}

function addStatus(program: Command, context: OperatorContext): void {
  onCluster(program.command('status'), 5)
    .description('show the state of every process, node and shard replica')
    .option('--json', 'as JSON, in the form of GET /cluster')
    .addHelpText(
      'after',
      notes(
        'Exit code: 0 when every node is live, 2 when one is not, 1 when nobody can be asked.',
        'Examples:',
        '  carbonbus status',
        '  CARBONBUS_NATS_URL=nats://10.0.0.1:4222 carbonbus status --json',
      ),
    )
    .action(async (options: OnCluster) => {
      const { status } = await import('./status.js');
      context.exit(await status(clusterOf(context, options), options));
    });
}

function addLookup(program: Command, context: OperatorContext): void {
  onCluster(program.command('lookup'), 5)
    .description('show what becomes of a name: how it is stored, its shard, nodes and files')
    .argument('<names...>', 'names of metrics; - reads them from standard input, one a line')
    .option('--live', 'ask the cluster where the newest points are, too')
    .option('--json', 'as JSON, one object a line')
    .addHelpText(
      'after',
      notes(
        'Without --live nothing is asked: the answer comes from the configuration alone.',
        'Examples:',
        '  carbonbus lookup app.requests',
        "  carbonbus lookup --live 'disk.used;host=web1;dc=east'",
        '  carbonbus lookup --json - < names.txt',
      ),
    )
    .action(async (names: string[], options: OnCluster & { live?: boolean }) => {
      const { lookup } = await import('./lookup.js');
      const cluster = options.live ? clusterOf(context, options) : undefined;
      context.exit(await lookup(await locatorOf(context), names, options, cluster));
    });
}

function addQuery(program: Command, context: OperatorContext): void {
  onCluster(program.command('query'), 5)
    .description('show where the newest points of a metric are now, from relay to file')
    .argument('<name>', 'name of a metric')
    .option('--json', 'as JSON')
    .addHelpText('after', notes('Example:', '  carbonbus query app.requests'))
    .action(async (name: string, options: OnCluster) => {
      const { query } = await import('./query.js');
      const cluster = clusterOf(context, options);
      const found = (await locatorOf(context)).place(name);
      context.exit(await query(cluster, found, options));
    });
}

function addTail(program: Command, context: OperatorContext): void {
  onCluster(program.command('tail'), 5)
    .description('show points as they come into the shard logs, as lines `name value timestamp`')
    .argument('<patterns...>', 'globs of metrics or folders; or expressions on tags')
    .option('--count <points>', 'end after so many', wholeNumberIn(POINTS))
    .option(
      '--rate <points>',
      'show so many a second at most',
      wholeNumberIn(POINTS_PER_SECOND),
      1000,
    )
    .option('--json', 'as JSON, one object a line')
    .addHelpText(
      'after',
      notes(
        'Several globs: any of them. Expressions (tag=value, tag!=value, tag=~regex, tag!=~regex): all of them.',
        'Only points that come from now on are shown. What is over the rate is counted on standard error.',
        'Examples:',
        "  carbonbus tail 'servers.web*.cpu'",
        "  carbonbus tail --count 10 'name=~disk' 'dc=east'",
      ),
    )
    .action(async (patterns: string[], options: OnCluster & { count?: number; rate: number }) => {
      const { tail } = await import('./tail.js');
      context.exit(await tail(clusterOf(context, options), patterns, options));
    });
}

function addRejected(program: Command, context: OperatorContext): void {
  onCluster(program.command('rejected'), 5)
    .description('show the inputs that the relays refused last, with sender and reason')
    .option('--limit <n>', 'at most so many', wholeNumberIn(REJECTIONS), REJECTIONS.max)
    .option('--json', 'as JSON, in the form of GET /rejected')
    .addHelpText(
      'after',
      notes(
        'Exit code: 0; 2 when a relay could not be asked.',
        'Example:',
        '  carbonbus rejected --limit 20',
      ),
    )
    .action(async (options: OnCluster & { limit: number }) => {
      const { rejected } = await import('./rejected.js');
      context.exit(await rejected(clusterOf(context, options), options));
    });
}

function addAudit(program: Command, context: OperatorContext): void {
  onCluster(program.command('audit'), 10)
    .description('balance the points of every stage, and name the one that holds or lost some')
    .argument(
      '[metric]',
      'say of this metric where its newest points are, and which replica differs',
    )
    .option('--shards', 'a line for each shard')
    .option('--json', 'as JSON, in the form of GET /audit')
    .addHelpText(
      'after',
      notes(
        'Exit code: 0 when all balances; 1 when points are held, 2 when some are lost; of a metric 2 when replicas differ.',
        'Examples:',
        '  carbonbus audit',
        '  carbonbus audit app.requests',
      ),
    )
    .action(async (metric: string | undefined, options: OnCluster & { shards?: boolean }) => {
      const cluster = clusterOf(context, options);
      if (metric === undefined) {
        const { audit } = await import('./audit.js');
        context.exit(await audit(cluster, options));
        return;
      }
      const { auditMetric } = await import('./audit-metric.js');
      context.exit(await auditMetric(cluster, (await locatorOf(context)).lookUp(metric), options));
    });
}

function addMigrate(program: Command, context: OperatorContext): void {
  onCluster(program.command('migrate'), 30)
    .description('change existing whisper files to what the storage files say now')
    .argument('[pattern]', 'only metrics that match this glob, or are below a folder that does', '')
    .option(
      '--rate <files>',
      'files rewritten a second, on each node',
      numberIn(FILES_PER_SECOND),
      50,
    )
    .option('--dry-run', 'only count the files that differ')
    .option('--json', 'the result as JSON')
    .addHelpText(
      'after',
      notes(
        'Exit code: 0 when all was looked at and nothing went wrong, else 1.',
        'Example:',
        "  carbonbus migrate --dry-run 'app.*'",
      ),
    )
    .action(async (pattern: string, options: OnCluster & { rate: number; dryRun?: boolean }) => {
      const { migrate } = await import('./migrate.js');
      context.exit(await migrate(clusterOf(context, options), pattern, options));
    });
}

function addCheckConfig(program: Command, { outside, folder, exit }: OperatorContext): void {
  program
    .command('check-config')
    .description('show all that is wrong with the configuration, without starting anything')
    .option('--json', 'as JSON: {folder, errors, warnings, notes}')
    .addHelpText(
      'after',
      notes(
        'Errors keep processes from starting; warnings name lines that probably mean something else; notes name',
        "settings of Carbon's that have no effect here, with the reason.",
        'Exit code: 0 without errors, else 1.',
        'Example:',
        '  carbonbus check-config --config /etc/carbon',
      ),
    )
    .action(async (options: { json?: boolean }) => {
      const { checkConfig } = await import('./check-config.js');
      exit(await checkConfig(outside, folder(), options));
    });
}

function addConfig(program: Command, { outside, folder, exit }: OperatorContext): void {
  program
    .command('config')
    .description('show every setting as it counts, and where that is said')
    .option('--section <section>', 'only this section, or instance: cache, cache:node1')
    .option('--json', 'as JSON: a list of {section, key, text, from, place, field, value}')
    .addHelpText(
      'after',
      notes(
        'A variable CARBONBUS_<KEY> of the environment overrides the file in every section that has the setting,',
        'CARBONBUS_<SECTION>_<KEY> in one. Passwords are not shown.',
        'Examples:',
        '  carbonbus config --section cache:node1',
        '  CARBONBUS_HTTP_PORT=8081 carbonbus config --section api',
      ),
    )
    .action(async (options: { section?: string; json?: boolean }) => {
      const { config } = await import('./config.js');
      exit(await config(outside, folder(), options));
    });
}

async function locatorOf({ outside, folder }: OperatorContext) {
  const { Locator } = await import('./locator.js');
  return new Locator(outside, folder());
}

function wholeNumberIn(limits: { min: number; max: number }): (text: string) => number {
  const read = numberIn(limits);
  return (text) => {
    const number = read(text);
    if (Number.isInteger(number)) return number;
    throw new InvalidArgumentError('a whole number is wanted');
  };
}
