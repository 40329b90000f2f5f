import type { NodeState, ReplicaReport } from '../../protocols/messages.js';
import { shardStream } from '../../protocols/subjects.js';
import type { ShardMap } from '../../routing/shard-map.js';
import type { Member, Membership } from '../membership/membership.js';
import type { IngestBacklog, IngestSource } from '../ports/bus.js';
import type { LogReader } from '../ports/log.js';

/** A replica in `/cluster`. `lag`: log messages not yet applied; `queuePoints`: points not yet on disk. */
export interface ReplicaView {
  shard: number;
  state: ReplicaReport['state'] | 'unknown';
  checkpoint: number;
  logEnd: number;
  lag: number;
  queuePoints: number;
  dataFolder: string;
}

export interface NodeView {
  name: string;
  zone: string;
  state: string;
  pid: number | null;
  shards: ReplicaView[];
}

/** The answer of `GET /cluster`; its names are kept stable, scripts read them. */
export interface ClusterView {
  datacentre: string;
  epoch: number;
  shardCount: number;
  replicationFactor: number;
  nodes: NodeView[];
  /** What acknowledged producers have published and the relays have not yet put into the shard logs. */
  ingest: IngestBacklog;
  relays: { name: string; state: string; pid: number | null; pendingPoints: number }[];
}

/** Describes the cluster from its members' heartbeats and the ends of the shard logs. */
export class ClusterObserver {
  readonly #datacentre: string;
  readonly #shardMap: ShardMap;
  readonly #membership: Membership;
  readonly #log: LogReader;
  readonly #ingest: Pick<IngestSource, 'backlog'>;

  constructor(options: {
    datacentre: string;
    shardMap: ShardMap;
    membership: Membership;
    log: LogReader;
    ingest: Pick<IngestSource, 'backlog'>;
  }) {
    this.#datacentre = options.datacentre;
    this.#shardMap = options.shardMap;
    this.#membership = options.membership;
    this.#log = options.log;
    this.#ingest = options.ingest;
  }

  /** The ends of the logs are asked of the logs, so that the lag of a node that is down grows. */
  async view(): Promise<ClusterView> {
    const shards = Array.from({ length: this.#shardMap.shardCount }, (_, shard) => shard);
    const logEnds = await Promise.all(
      shards.map(async (shard) => (await this.#log.state(shardStream(shard), 'fail')).lastSequence),
    );
    return {
      datacentre: this.#datacentre,
      epoch: this.#shardMap.epoch,
      shardCount: this.#shardMap.shardCount,
      replicationFactor: this.#shardMap.replicationFactor,
      nodes: this.#shardMap.nodes.map((node) => this.#node(node, logEnds)),
      ingest: await this.#ingest.backlog(),
      relays: this.#membership.ofRole('relay').map((relay) => ({
        name: relay.name,
        state: relay.state,
        pid: relay.last?.pid ?? null,
        pendingPoints: relay.last?.counters.pendingPoints ?? 0,
      })),
    };
  }

  #node(node: { name: string; zone: string }, logEnds: readonly number[]): NodeView {
    const member = this.#membership.member('node', node.name);
    return {
      name: node.name,
      zone: node.zone,
      state: nodeState(member),
      pid: member?.last?.pid ?? null,
      shards: this.#shardMap
        .shardsOf(node.name)
        .map((shard) => replicaView(shard, member, logEnds[shard])),
    };
  }
}

/** What the others see, refined by what an `up` node says of itself: `up` is `live`, `rejoining` its own state. */
function nodeState(member: Member | undefined): NodeState | 'suspect' | 'down' | 'unknown' {
  if (member === undefined) return 'unknown';
  if (member.state === 'up' || member.state === 'rejoining') return member.last?.state ?? 'unknown';
  return member.state;
}

function replicaView(shard: number, member: Member | undefined, logEnd: number): ReplicaView {
  const report = member?.last?.shards.find((one) => one.shard === shard);
  const applied = report?.applied ?? 0;
  return {
    shard,
    state: report?.state ?? 'unknown',
    checkpoint: report?.checkpoint ?? 0,
    logEnd,
    lag: Math.max(0, logEnd - applied),
    queuePoints: report?.queuePoints ?? 0,
    dataFolder: report?.dataFolder ?? '',
  };
}
