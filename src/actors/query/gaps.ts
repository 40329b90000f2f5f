import { errorText } from '../../errors.js';
import type { Gap, RepairReplies, RepairReport } from '../../protocols/repair-messages.js';
import type { NodeClient } from './node-client.js';

/** The answer of `GET /gaps`; its names are kept stable, scripts read them. */
export interface ClusterGaps {
  gaps: (Gap & { node: string; shard: number })[];
  /** Comparisons that are due, under way, or wait to be tried again. */
  repairs: (RepairReport & { node: string })[];
  /** Nodes that could not be asked. */
  failures: { node: string; error: string }[];
}

/** Asks nodes which points their replicas lack, and what becomes of that. */
export function clusterGaps(client: NodeClient, nodes: readonly string[]): Promise<ClusterGaps> {
  return gathered(nodes, (node) => client.ask('node', node, { type: 'gaps' }));
}

/**
 * Has nodes take the gaps off their lists that nobody can fill.
 *
 * @param shard null for all
 */
export function giveUpGaps(
  client: NodeClient,
  nodes: readonly string[],
  shard: number | null,
): Promise<ClusterGaps> {
  return gathered(nodes, async (node) => {
    const { gaps } = await client.ask('node', node, { type: 'giveUpGaps', shard });
    return { gaps, repairs: [] };
  });
}

async function gathered(
  nodes: readonly string[],
  ask: (node: string) => Promise<RepairReplies['gaps']>,
): Promise<ClusterGaps> {
  const found: ClusterGaps = { gaps: [], repairs: [], failures: [] };
  await Promise.all(
    nodes.map(async (node) => {
      try {
        const { gaps, repairs } = await ask(node);
        found.gaps.push(...gaps.map((gap) => ({ node, ...gap })));
        for (const one of repairs) if (one.state !== 'idle') found.repairs.push({ node, ...one });
      } catch (error) {
        found.failures.push({ node, error: errorText(error) });
      }
    }),
  );
  found.gaps.sort((a, b) => a.shard - b.shard || a.fromS - b.fromS);
  return found;
}
