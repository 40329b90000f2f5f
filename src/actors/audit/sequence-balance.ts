import { begunBlocks, completeBlocks } from '../../protocols/sequence-tally.js';
import type { Gathered } from './gathered.js';

/** Points that a replica has taken out of blocks of its log, and that are fewer than others know of. */
export interface MissingPoints {
  node: string;
  shard: number;
  points: number;
}

/**
 * Compares, for each block of sequences of each log, what the relays have put in with what each replica has taken
 * out, and the replicas with each other. A relay that was started again knows of less than the log has, and so does
 * a replica: only what somebody counted to its end, and another one has not, is missing.
 */
export function missingPoints({ relays, nodes, logs }: Gathered): MissingPoints[] {
  return logs.flatMap((_, shard) => {
    const known = new Map<number, number>();
    for (const { accounts } of relays) {
      const tally = accounts?.shards.find((one) => one.shard === shard)?.tally;
      for (const [block, points] of tally === undefined ? [] : begunBlocks(tally))
        known.set(block, (known.get(block) ?? 0) + points);
    }
    const replicas = nodes.flatMap(({ name, accounts }) => {
      const replica = accounts?.replicas.find(({ report }) => report.shard === shard);
      if (replica === undefined) return [];
      return [{ node: name, blocks: completeBlocks(replica.tally, replica.report.applied) }];
    });
    for (const { blocks } of replicas)
      for (const [block, points] of blocks)
        known.set(block, Math.max(known.get(block) ?? 0, points));
    return replicas.flatMap(({ node, blocks }) => {
      let points = 0;
      for (const [block, taken] of blocks) points += (known.get(block) ?? 0) - taken;
      return points > 0 ? [{ node, shard, points }] : [];
    });
  });
}
