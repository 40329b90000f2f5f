import { leftOf } from '../../protocols/gaps.js';
import type { Gap, RetiredReport } from '../../protocols/repair-messages.js';
import { shardStream } from '../../protocols/subjects.js';
import type { ShardMap } from '../../routing/shard-map.js';
import type { Member, Membership } from '../membership/membership.js';
import type { NodeClient } from '../query/node-client.js';

/** A node that has files of a shard. */
export interface Peer {
  name: string;
  /** What it lacks itself, where we lack something. */
  lacks: readonly Gap[];
  /** Whether it still reads the log. */
  isCurrent: boolean;
}

export interface PeersOfShard {
  /** Those that answer, first those that lack nothing of what we lack, and of these those that still read the log. */
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
      const lacks = isLive(member, shard) ? await this.#gapsOf(name, shard, gaps) : undefined;
      if (lacks === undefined) found.away.push(name);
      else found.available.push({ name, lacks, isCurrent: true });
    }
    for (const { name, last, state } of this.#membership.ofRole('node')) {
      const retired = last?.retired?.find((one) => one.shard === shard && isServed(one));
      if (retired === undefined || !isHeard(state) || name === this.#own) continue;
      const lacks = await this.#gapsOf(name, shard, gaps);
      if (lacks === undefined) continue;
      lacks.push(...notRead(shard, retired.checkpoint, gaps));
      found.available.push({ name, lacks, isCurrent: false });
    }
    const rank = (peer: Peer): number =>
      (gaps.some((gap) => leftOf(gap, [peer.lacks]).length > 0) ? 2 : 0) + (peer.isCurrent ? 0 : 1);
    found.available.sort((a, b) => rank(a) - rank(b));
    return found;
  }

  /** Undefined when the node does not answer. */
  async #gapsOf(node: string, shard: number, ours: readonly Gap[]): Promise<Gap[] | undefined> {
    if (ours.length === 0) return [];
    try {
      const { gaps } = await this.#client.ask('node', node, { type: 'gaps' });
      return gaps.filter((gap) => gap.shard === shard);
    } catch {
      // Whoever does not answer cannot be compared with either.
      return undefined;
    }
  }
}

/** What a node lacks that has read the shard's own log up to `checkpoint` and no further; of mirrors it says nothing. */
function notRead(shard: number, checkpoint: number, ours: readonly Gap[]): Gap[] {
  const streams = new Set([shardStream(shard), ...ours.map(({ stream }) => stream)]);
  streams.delete('');
  return [...streams].map((stream) => ({
    ...{ kind: 'retention', state: 'open', reason: '', stream, metric: '' },
    fromSequence: stream === shardStream(shard) ? checkpoint + 1 : 1,
    toSequence: Number.MAX_SAFE_INTEGER,
    fromS: 0,
    untilS: Number.MAX_SAFE_INTEGER,
  }));
}

function isLive(member: Member | undefined, shard: number): boolean {
  if (member === undefined || !isHeard(member.state)) return false;
  return member.last?.shards.find((one) => one.shard === shard)?.state === 'live';
}

function isServed({ state }: RetiredReport): boolean {
  return state === 'kept' || state === 'checking';
}

function isHeard(state: Member['state']): boolean {
  return state === 'up' || state === 'rejoining';
}
