import {
  type DestinationReport,
  type Heartbeat,
  type MirrorReport,
  type NodeState,
  type ReplayReport,
  type ReplicaReport,
  ROLES,
  type Role,
} from '../../protocols/heartbeat.js';
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
  /** Metrics that wait for the roll-up of their newest points (ROLL_UP_DELAY). */
  rollUpsWaiting: number;
  dataFolder: string;
  mirrored: MirroredView[];
  /** While it replays. */
  replay: ReplayReport | null;
}

/** What a node, or all of them, has still to replay. `secondsLeft`: null where it does not come nearer to the end. */
export interface ReplayView {
  replicas: number;
  /** Messages. */
  lag: number;
  fromLag: number;
  secondsLeft: number | null;
}

/** What a replica has of another datacentre. `behind`: messages that the mirror lacks; null while nobody knows. */
export interface MirroredView {
  datacentre: string;
  state: MirrorReport['state'];
  behind: number | null;
  checkpoint: number;
  logEnd: number;
  lag: number;
}

export interface NodeView {
  name: string;
  zone: string;
  state: string;
  pid: number | null;
  /** Log messages that retention removed before the node had read them, since its start. */
  messagesLost: number;
  /** Failed writes of whisper files, since its start. */
  errors: number;
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
    };
  }

  #mismatches(role: Role): LayoutMismatch[] {
    const { epoch, shardCount, replicationFactor } = this.#shardMap;
    return this.#membership.ofRole(role).flatMap(({ name, last }) => {
      const layout = last?.layout;
      const isSame =
        layout === undefined ||
        (layout.epoch === epoch &&
          layout.shardCount === shardCount &&
          layout.replicationFactor === replicationFactor);
      return isSame ? [] : { role, name, layout };
    });
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
      replay: isHeard ? replayOf(shards) : null,
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
    rollUpsWaiting: report?.rollUpsWaiting ?? 0,
    dataFolder: report?.dataFolder ?? '',
    replay: report?.replay ?? null,
    mirrored: (report?.mirrored ?? []).map((log) => ({
      datacentre: log.datacentre,
      state: log.mirror?.state ?? 'unknown',
      behind: log.mirror?.behind ?? null,
      checkpoint: log.checkpoint,
      logEnd: log.logEnd,
      lag: Math.max(0, log.logEnd - log.applied),
    })),
  };
}

/** The replicas of a node take turns: together they are as fast as those that have one. */
function replayOf(shards: readonly ReplicaView[]): ReplayView | null {
  const replaying = shards.flatMap(({ replay, lag, mirrored }) =>
    replay === null
      ? []
      : [{ ...replay, lag: mirrored.reduce((sum, mirror) => sum + mirror.lag, lag) }],
  );
  if (replaying.length === 0) return null;
  const sum = (of: (one: (typeof replaying)[number]) => number): number =>
    replaying.reduce((total, one) => total + of(one), 0);
  const lag = sum((one) => one.lag);
  const perSecond = sum((one) => one.perSecond);
  return {
    replicas: replaying.length,
    lag,
    fromLag: sum((one) => one.fromLag),
    secondsLeft: perSecond > 0 ? Math.round(lag / perSecond) : null,
  };
}

function replayOfAll(nodes: readonly NodeView[]): ReplayView | null {
  const replays = nodes.flatMap(({ replay }) => (replay === null ? [] : [replay]));
  if (replays.length === 0) return null;
  const left = replays.map(({ secondsLeft }) => secondsLeft);
  return {
    replicas: replays.reduce((sum, one) => sum + one.replicas, 0),
    lag: replays.reduce((sum, one) => sum + one.lag, 0),
    fromLag: replays.reduce((sum, one) => sum + one.fromLag, 0),
    secondsLeft: left.includes(null) ? null : Math.max(...left.map(Number)),
  };
}

function destinationViews(forwarder: Member): DestinationView[] {
  return (forwarder.last?.destinations ?? []).map((report) => ({
    forwarder: forwarder.name,
    forwarderState: forwarder.state,
    ...report,
  }));
}
