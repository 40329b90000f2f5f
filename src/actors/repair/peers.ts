import type { Gap } from '../../protocols/repair-messages.js';
import type { ShardMap } from '../../routing/shard-map.js';
import type { Member, Membership } from '../membership/membership.js';
import type { NodeClient } from '../query/node-client.js';

/** A node that has files of a shard. */
export interface Peer {
  name: string;
  /** Whether it has what we lack: it reads the log as we do, or had read it further than our gap reaches. */
  isComplete: boolean;
  /** Whether it still reads the log. */
  isCurrent: boolean;
}

export interface PeersOfShard {
  /** Those that answer, the best first. */
  available: Peer[];
  /** Nodes that keep the shard as well, and cannot be asked now. */
  away: string[];
}

/** Who else has files of a shard, by the placement and by what nodes say of themselves. */
export class Peers {
  readonly #own: string;
  readonly #shardMap: ShardMap;
  readonly #membership: Membership;
  readonly #client: NodeClient;

  constructor(options: {
    /** The name of this node. */
    own: string;
    shardMap: ShardMap;
    membership: Membership;
    client: NodeClient;
  }) {
    this.#own = options.own;
    this.#shardMap = options.shardMap;
    this.#membership = options.membership;
    this.#client = options.client;
  }

  /** @param gaps what our replica lacks */
  async of(shard: number, gaps: readonly Gap[]): Promise<PeersOfShard> {
    const found: PeersOfShard = { available: [], away: [] };
    for (const { name } of this.#shardMap.nodesOf(shard)) {
      if (name === this.#own) continue;
      const member = this.#membership.member('node', name);
      const isComplete = isLive(member, shard) && (await this.#hasNoneOf(name, shard, gaps));
      if (isComplete === undefined || !isLive(member, shard)) found.away.push(name);
      else found.available.push({ name, isComplete, isCurrent: true });
    }
    const sequence = Math.max(0, ...gaps.map(({ toSequence }) => toSequence));
    for (const { name, last, state } of this.#membership.ofRole('node')) {
      const retired = last?.retired?.find((one) => one.shard === shard);
      if (retired === undefined || !isHeard(state) || name === this.#own) continue;
      const reaches = retired.checkpoint >= sequence;
      const isComplete = reaches && (await this.#hasNoneOf(name, shard, gaps)) === true;
      found.available.push({ name, isComplete, isCurrent: false });
    }
    found.available.sort((a, b) => rank(a) - rank(b));
    return found;
  }

  /** Undefined when the node does not answer. */
  async #hasNoneOf(
    node: string,
    shard: number,
    gaps: readonly Gap[],
  ): Promise<boolean | undefined> {
    if (gaps.length === 0) return true;
    try {
      const theirs = await this.#client.ask('node', node, { type: 'gaps' });
      const ofShard = theirs.gaps.filter((gap) => gap.shard === shard);
      return !gaps.some((gap) => ofShard.some((other) => overlap(gap, other)));
    } catch {
      return undefined;
    }
  }
}

function isLive(member: Member | undefined, shard: number): boolean {
  if (member === undefined || !isHeard(member.state)) return false;
  return member.last?.shards.find((one) => one.shard === shard)?.state === 'live';
}

function isHeard(state: Member['state']): boolean {
  return state === 'up' || state === 'rejoining';
}

function overlap(a: Gap, b: Gap): boolean {
  const isOneMetric = a.metric === '' || b.metric === '' || a.metric === b.metric;
  return isOneMetric && a.fromS < b.untilS && b.fromS < a.untilS;
}

function rank({ isComplete, isCurrent }: Peer): number {
  return (isComplete ? 0 : 2) + (isCurrent ? 0 : 1);
}
