/** What every process says of itself at a steady interval (see `docs/formats/messages.md`). */

import type { ClusterLayout } from './layout.js';
import type { RepairReport, RetiredReport } from './repair-messages.js';

export const ROLES = ['relay', 'node', 'api', 'forwarder'] as const;
export type Role = (typeof ROLES)[number];

export type ReplicaState =
  | 'closed'
  | 'recovering'
  | 'replaying'
  | 'live'
  | 'degraded'
  | 'draining'
  | 'resting';

export const NODE_STATES = ['joining', 'replaying', 'live', 'draining', 'left'] as const;
export type NodeState = (typeof NODE_STATES)[number];

/** How far a replica has come in one log. */
export interface LogReport {
  /** Where the points of this log were accepted. */
  datacentre: string;
  /** The highest sequence below which every point is on disk. */
  checkpoint: number;
  /** The highest sequence whose points are in the queue or on disk. */
  applied: number;
  /** The last sequence of the log, as far as the replica has seen. */
  logEnd: number;
}

export const MIRROR_STATES = [
  'unknown',
  'cutOff',
  'refused',
  'following',
  'stalled',
  'making',
] as const;

/** A mirror of another datacentre's shard log, as a node that reads it sees it. */
export interface MirrorReport {
  state: (typeof MIRROR_STATES)[number];
  /** Messages that the other datacentre has and the mirror has not; null while nobody knows. */
  behind: number | null;
}

/** How far a replica has come in a mirror. */
export interface MirroredLogReport extends LogReport {
  mirror?: MirrorReport;
}

/** How the replicas of a node that replay get on. */
export interface ReplayReport {
  /** Messages, the most that they had before them. */
  fromLag: number;
  /** Messages by which they come nearer to the ends of their logs; below 0 where these grow faster than they are read. */
  perSecond: number;
}

/** One shard replica as its node sees it; its own sequences are of the shard's log in its own datacentre. */
export interface ReplicaReport extends Omit<LogReport, 'datacentre'> {
  shard: number;
  state: ReplicaState;
  /** The mirrors of other datacentres' logs that it reads besides. */
  mirrored: MirroredLogReport[];
  /** Known gaps in its files, whatever their state, and those of them that no peer can fill. */
  gaps: number;
  gapsIrreparable: number;
  /** While it is to be compared with its peers, or is being compared. */
  repair?: RepairReport;
  /** Points that are not on disk yet. */
  queuePoints: number;
  /** Metrics with points on disk that their coarser archives do not have yet. */
  rollUpsWaiting: number;
  dataFolder: string;
}

/** Messages of all its logs that a replica has not applied. */
export function replicaLag({ applied, logEnd, mirrored }: ReplicaReport): number {
  return [{ applied, logEnd }, ...mirrored].reduce(
    (sum, log) => sum + Math.max(0, log.logEnd - log.applied),
    0,
  );
}

/** A legacy destination as its forwarder sees it. */
export interface DestinationReport {
  /** `host:port:instance`; of several that stand in for each other, the relay method or what they share. */
  name: string;
  state: 'down' | 'replaying' | 'live' | 'stopped';
  /** How many carbon daemons it is, and how many of them take points. */
  daemons: number;
  daemonsUp: number;
  /** Log messages, of all shards, that were not sent to it yet. */
  lag: number;
  /** Points in memory on their way to it. */
  pendingPoints: number;
  /** Since the forwarder's start. */
  counters: Record<string, number>;
}

/** Sent by every process at a steady interval; its absence is how others notice a drop. */
export interface Heartbeat {
  role: Role;
  name: string;
  zone: string;
  pid: number;
  /** Start of the process, ms since the epoch: tells a restart from a pause. */
  incarnation: number;
  state: NodeState;
  /** The cluster's layout as this process is configured; a mismatch is an operator's error. */
  layout: ClusterLayout;
  shards: ReplicaReport[];
  /** Of a node, while some of its replicas replay. */
  replay?: ReplayReport;
  /** Of a node: shards of which it has files, and which the placement gives to others. */
  retired?: RetiredReport[];
  /** Of a forwarder. */
  destinations?: DestinationReport[];
  /** Monotonic counters and gauges by name, for `/metrics`. */
  counters: Record<string, number>;
}
