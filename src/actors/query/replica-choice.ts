import type { ShardMap } from '../../routing/shard-map.js';
import type { Member, Membership } from '../membership/membership.js';

/** How good an answer of a member about a shard will be: lower is better. */
function rank(member: Member | undefined, shard: number): number {
  if (member === undefined || member.state === 'down') return 4;
  if (member.state === 'unknown' || member.state === 'suspect') return 3;
  const replica = member.last?.shards.find((report) => report.shard === shard);
  if (replica?.state === 'live') return 0;
  return replica?.state === 'replaying' ? 1 : 2;
}

/** From this rank on a member is asked only when no better one has answered. */
const DOUBTFUL_RANK = 3;

export interface ReplicaChoice {
  /** Nodes worth asking, the best first. */
  readonly likely: readonly string[];
  /** Nodes to try when none of those answers. */
  readonly doubtful: readonly string[];
  /** All of them, in this order. */
  readonly ranked: readonly string[];
  /** Those that have read their logs to the end. */
  readonly live: readonly string[];
  /** Whether the best one is live, and knows of a gap that another could fill. */
  readonly hasGap: boolean;
  /** Whether the best one alone will do: it is live, and knows of no such gap. */
  readonly isFirstWhole: boolean;
}

/** By shard, as long as a membership has this version. */
interface Known {
  readonly shardMap: ShardMap;
  readonly version: number;
  readonly choices: (ReplicaChoice | undefined)[];
}

/** Every find and glob asks about all shards, and heartbeats come a few times a second. */
const known = new WeakMap<Membership, Known>();

/** The nodes to ask about a shard: live replicas first, then by the fixed order of its placement. */
export function replicasToAsk(
  shardMap: ShardMap,
  membership: Membership,
  shard: number,
): ReplicaChoice {
  const { version } = membership;
  let of = known.get(membership);
  if (of?.version !== version || of.shardMap !== shardMap) {
    of = { shardMap, version, choices: [] };
    known.set(membership, of);
  }
  const choice = of.choices[shard] ?? chosen(shardMap, membership, shard);
  of.choices[shard] = choice;
  return choice;
}

function chosen(shardMap: ShardMap, membership: Membership, shard: number): ReplicaChoice {
  const ranked = shardMap
    .nodesOf(shard)
    .map(({ name }, order) => {
      const member = membership.member('node', name);
      return { name, member, order, rank: rank(member, shard) };
    })
    .sort((a, b) => a.rank - b.rank || a.order - b.order);
  const report = ranked[0].member?.last?.shards.find((one) => one.shard === shard);
  const isLive = ranked[0].rank === 0;
  const hasGap = isLive && report?.gaps !== report?.gapsIrreparable;
  return {
    likely: ranked.filter((node) => node.rank < DOUBTFUL_RANK).map((node) => node.name),
    doubtful: ranked.filter((node) => node.rank >= DOUBTFUL_RANK).map((node) => node.name),
    ranked: ranked.map((node) => node.name),
    live: ranked.filter((node) => node.rank === 0).map((node) => node.name),
    hasGap,
    isFirstWhole: isLive && !hasGap,
  };
}
