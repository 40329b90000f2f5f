import type { Command } from 'commander';
import { clusterOf, notes, type OnCluster, type OperatorContext, onCluster } from './on-cluster.js';

/** What takes a node out of work and back, and a note on it. */
const LEADS = {
  drain: {
    description: 'take a node out of work: it reads no more, writes what it has, and answers on',
    note: 'It stays so, also when it starts again, until `carbonbus rejoin`.',
  },
  rejoin: {
    description: 'take a drained node to work again, from where it had stopped',
    note: 'What its logs have dropped meanwhile is copied from its peers: see `carbonbus gaps`.',
  },
} as const;

/** `gaps`, `repair`, `retired`, `drain` and `rejoin`. */
export function addRepairCommands(program: Command, context: OperatorContext): void {
  addGaps(program, context);
  addRepair(program, context);
  addRetired(program, context);
  for (const type of ['drain', 'rejoin'] as const) {
    const { description, note } = LEADS[type];
    onCluster(program.command(type), 5)
      .description(description)
      .argument('<node>', 'its name')
      .addHelpText('after', notes(note, 'Example:', `  carbonbus ${type} node2`))
      .action(async (node: string, options: OnCluster) => {
        const { drainOrRejoin } = await import('./drain.js');
        context.exit(await drainOrRejoin(clusterOf(context, options), type, node));
      });
  }
}

function addGaps(program: Command, context: OperatorContext): void {
  onCluster(program.command('gaps'), 5)
    .description('show which points replicas lack, why, and what becomes of that')
    .argument('[where]', 'only those of a node, or of a shard by its number')
    .option('--give-up', 'take those that are irreparable off the list: nobody has these points')
    .option('--json', 'as JSON, in the form of GET /gaps')
    .addHelpText(
      'after',
      notes(
        'What was given up is printed, logged by the nodes and counted; the points stay lost. A gap that a peer',
        'may still fill stays on the list.',
        'Exit code: 0 without gaps, or when they were given up; 2 with some, or when a node is silent.',
        'Example:',
        '  carbonbus gaps --give-up 7',
      ),
    )
    .action(async (where: string | undefined, options: OnCluster & { giveUp?: boolean }) => {
      const { gaps } = await import('./gaps.js');
      context.exit(await gaps(clusterOf(context, options), where, options));
    });
}

function addRepair(program: Command, context: OperatorContext): void {
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
}

function addRetired(program: Command, context: OperatorContext): void {
  onCluster(program.command('retired'), 5)
    .description('show files of shards that nodes keep no longer, or remove them')
    .argument('[node]', 'only those of this node')
    .option('--remove', 'remove them where all who keep the shard now have what is in them')
    .option('--json', 'as JSON, a list in the form of `retired` in GET /cluster')
    .addHelpText(
      'after',
      notes(
        'Before files are removed they are compared with those of every node that keeps the shard now, within',
        'REPAIR_RATE. What one of them lacks is named, and the files stay.',
        'Exit code: 0; 2 when something that was to be removed is kept.',
        'Example:',
        '  carbonbus retired --remove node4',
      ),
    )
    .action(async (node: string | undefined, options: OnCluster & { remove?: boolean }) => {
      const { retired } = await import('./retired.js');
      context.exit(await retired(clusterOf(context, options), node, options));
    });
}
