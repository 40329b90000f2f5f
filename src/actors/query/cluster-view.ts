import {
  type DestinationReport,
  type Heartbeat,
  type NodeState,
  ROLES,
  type Role,
} from '../../protocols/heartbeat.js';
import { clusterLayoutDifference } from '../../protocols/layout.js';
import type { RetiredReport } from '../../protocols/repair-messages.js';
import { shardStream } from '../../protocols/subjects.js';
import type { ShardMap } from '../../routing/shard-map.js';
import type { Member, Membership } from '../membership/membership.js';
import type { IngestBacklog, IngestSource } from '../ports/bus.js';
import type { LogReader } from '../ports/log.js';
import {
  type ReplayView,
  type ReplicaView,
  replayOf,
  replayOfAll,
  replicaView,
} from './replica-view.js';

export interface NodeView {
  name: string;
  zone: string;
  state: string;
  pid: number | null;
  /** Log messages that retention removed before the node had read them, since its start. */
  messagesLost: number;
  /** Failed writes of whisper files, since its start. */
  errors: number;
  /** What its replicas know to lack, and what of that no peer can give them. */
  gaps: number;
  gapsIrreparable: number;
  /** Null while no replica replays. */
  replay: ReplayView | null;
  shards: ReplicaView[];
}

/** A process without shards. */
export interface ProcessView {
  name: string;
  state: string;
  pid: number | null;
}

/** Totals are since the relay's start. */
export interface RelayView extends ProcessView {
  /** Points that it has read and no log has. */
  pendingPoints: number;
  connections: number;
  pointsReceived: number;
  pointsStored: number;
  /** Inputs that it refused, for whatever reason. */
  rejected: number;
}

/** A process whose configuration lays the cluster out in another way than ours. */
export interface LayoutMismatch {
  role: Role;
  name: string;
  layout: Heartbeat['layout'];
  /** What differs, by the names of the settings; `here` is whoever answers. */
  difference: string;
}

/** Files of a shard on a node that keeps it no longer. */
export interface RetiredView extends RetiredReport {
  node: string;
  /** What the others see of it. */
  nodeState: Member['state'];
  /** The nodes that keep the shard now. */
  keptBy: string[];
}

/** The answer of `GET /cluster`; its names are kept stable, scripts read them. */
export interface ClusterView {
  datacentre: string;
  epoch: number;
  shardCount: number;
  replicationFactor: number;
  nodes: NodeView[];
  /** Of all nodes that are up; they replay at the same time. */
  replay: ReplayView | null;
  /** What acknowledged producers have published and the relays have not yet put into the shard logs. */
  ingest: IngestBacklog;
  /** Legacy destinations, by forwarder. */
  destinations: DestinationView[];
  relays: RelayView[];
  apis: ProcessView[];
  mismatches: LayoutMismatch[];
  /** What `carbonbus retired --remove` takes away. */
  retired: RetiredView[];
}

/** A legacy destination, as its forwarder last told of it; `forwarderState` is what the others see of that. */
export interface DestinationView extends DestinationReport {
  forwarder: string;
  forwarderState: Member['state'];
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
    const nodes = this.#shardMap.nodes.map((node) => this.#node(node, logEnds));
    return {
      datacentre: this.#datacentre,
      epoch: this.#shardMap.epoch,
      shardCount: this.#shardMap.shardCount,
      replicationFactor: this.#shardMap.replicationFactor,
      nodes,
      replay: replayOfAll(nodes),
      ingest: await this.#ingest.backlog(),
      destinations: this.#membership.ofRole('forwarder').flatMap(destinationViews),
      relays: this.#membership.ofRole('relay').map(relayView),
      apis: this.#membership.ofRole('api').map(processView),
      mismatches: ROLES.flatMap((role) => this.#mismatches(role)),
      retired: this.#membership.ofRole('node').flatMap((member) => this.#retired(member)),
    };
  }

  #mismatches(role: Role): LayoutMismatch[] {
    return this.#membership.ofRole(role).flatMap(({ name, last }) => {
      const layout = last?.layout;
      const difference = layout && clusterLayoutDifference(this.#shardMap.layout, layout);
      return difference === undefined ? [] : { role, name, layout: layout!, difference };
    });
  }

  #retired({ name, state, last }: Member): RetiredView[] {
    const { shardCount } = this.#shardMap;
    return (last?.retired ?? []).map((report) => ({
      ...{ node: name, nodeState: state, ...report },
      keptBy:
        report.shard < shardCount
          ? this.#shardMap.nodesOf(report.shard).map((node) => node.name)
          : [],
    }));
  }

  #node(node: { name: string; zone: string }, logEnds: readonly number[]): NodeView {
    const member = this.#membership.member('node', node.name);
    const shards = this.#shardMap
      .shardsOf(node.name)
      .map((shard) => replicaView(shard, member, logEnds[shard]));
    const isHeard = member?.state === 'up' || member?.state === 'rejoining';
    return {
      name: node.name,
      zone: node.zone,
      state: nodeState(member),
      pid: member?.last?.pid ?? null,
      messagesLost: member?.last?.counters.messagesLost ?? 0,
      errors: member?.last?.counters.errors ?? 0,
      gaps: shards.reduce((sum, { gaps }) => sum + gaps, 0),
      gapsIrreparable: shards.reduce((sum, { gapsIrreparable }) => sum + gapsIrreparable, 0),
      replay: isHeard ? replayOf(shards, member?.last?.replay) : null,
      shards,
    };
  }
}

function processView({ name, state, last }: Member): ProcessView {
  return { name, state, pid: last?.pid ?? null };
}

function relayView(relay: Member): RelayView {
  const counters = relay.last?.counters ?? {};
  const refused = Object.entries(counters).filter(([name]) => name.startsWith('rejected.'));
  return {
    ...processView(relay),
    pendingPoints: counters.pendingPoints ?? 0,
    connections: counters.connections ?? 0,
    pointsReceived: counters.pointsReceived ?? 0,
    pointsStored: counters.pointsStored ?? 0,
    rejected: refused.reduce((sum, [, count]) => sum + count, 0),
  };
}

/** What the others see, refined by what an `up` node says of itself: `up` is `live`, `rejoining` its own state. */
function nodeState(member: Member | undefined): NodeState | 'suspect' | 'down' | 'unknown' {
  if (member === undefined) return 'unknown';
  if (member.state === 'up' || member.state === 'rejoining') return member.last?.state ?? 'unknown';
  return member.state;
}

function destinationViews(forwarder: Member): DestinationView[] {
  return (forwarder.last?.destinations ?? []).map((report) => ({
    forwarder: forwarder.name,
    forwarderState: forwarder.state,
    ...report,
  }));
}
