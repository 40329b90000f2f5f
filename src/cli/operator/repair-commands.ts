import type { Command } from 'commander';
import { clusterOf, notes, type OnCluster, type OperatorContext, onCluster } from './on-cluster.js';

/** `gaps`, `repair`, `drain` and `rejoin`. */
export function addRepairCommands(program: Command, context: OperatorContext): void {
  onCluster(program.command('gaps'), 5)
    .description('show which points replicas lack, why, and what becomes of that')
    .option('--json', 'as JSON, in the form of GET /gaps')
    .addHelpText(
      'after',
      notes('Exit code: 0 without gaps; 2 with some, or when a node is silent.'),
    )
    .action(async (options: OnCluster) => {
      const { gaps } = await import('./gaps.js');
      context.exit(await gaps(clusterOf(context, options), options));
    });
  onCluster(program.command('repair'), 5)
    .description('compare replicas with their peers now, and copy what they lack')
    .argument('[where]', 'a node, or the number of a shard; all without it')
    .addHelpText(
      'after',
      notes(
        'The nodes work on it by themselves, within REPAIR_RATE; `carbonbus gaps` shows how far they are.',
        'Examples:',
        '  carbonbus repair node2',
        '  carbonbus repair 7',
      ),
    )
    .action(async (where: string | undefined, options: OnCluster) => {
      const { repair } = await import('./gaps.js');
      context.exit(await repair(clusterOf(context, options), where));
    });
  onCluster(program.command('drain'), 5)
    .description('take a node out of work: it reads no more, writes what it has, and answers on')
    .argument('<node>', 'its name')
    .addHelpText(
      'after',
      notes('It stays so, also when it starts again, until `carbonbus rejoin`.'),
    )
    .action((node: string, options: OnCluster) => lead(context, options, 'drain', node));
  onCluster(program.command('rejoin'), 5)
    .description('take a drained node to work again, from where it had stopped')
    .argument('<node>', 'its name')
    .action((node: string, options: OnCluster) => lead(context, options, 'rejoin', node));
}

async function lead(
  context: OperatorContext,
  options: OnCluster,
  type: 'drain' | 'rejoin',
  node: string,
): Promise<void> {
  const { drainOrRejoin } = await import('./drain.js');
  context.exit(await drainOrRejoin(clusterOf(context, options), type, node));
}
