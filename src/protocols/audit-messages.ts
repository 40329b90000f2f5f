/** What relays and nodes say of the points that went through them, for an audit (`docs/formats/messages.md`). */

import type { AuditView } from './audit-view.js';
import type { ReplicaReport } from './heartbeat.js';
import type { RejectionReason } from './rejection.js';
import type { Gap } from './repair-messages.js';

/** By which way points come into a relay. */
export const POINT_SOURCES = [
  'line',
  'udp',
  'pickle',
  'protobuf',
  'http',
  'statsd',
  'nats',
] as const;
export type PointSource = (typeof POINT_SOURCES)[number];

/** Points of a log in blocks of `TALLY_BLOCK_MESSAGES` sequences. */
export interface TallyMessage {
  /** The first sequence that was counted. */
  since: number;
  /** The block of the first of `points`; block 0 begins with sequence 1. */
  firstBlock: number;
  points: number[];
}

/** One shard in the accounts of a relay; counts are since its start. */
export interface RelayShardAccounts {
  shard: number;
  /** Points that the log has acknowledged. */
  stored: number;
  /** Points that it has not. */
  pending: number;
  /** How long the oldest closed batch has waited for its acknowledgement. */
  oldestMs: number;
  /** What the log said to the last try of that batch; null where it was not tried twice. */
  refusal: { isFull: boolean; reason: string } | null;
  tally: TallyMessage;
}

/** The accounts of a relay; counts are since its start. */
export interface RelayAccounts {
  /** Points by the way on which they came. */
  received: Record<PointSource, number>;
  /** Of those, points that the rules of the relay have refused. */
  refused: number;
  /** Refused input of every kind, by reason. */
  rejected: Partial<Record<RejectionReason, number>>;
  /** What came while the window was full and could not be paused: points without flow control, and datagrams. */
  droppedPoints: number;
  droppedDatagrams: number;
  connections: number;
  /** Connections that are not read since the window is full. */
  pausedConnections: number;
  windowBytes: number;
  windowBytesMax: number;
  windowIsFull: boolean;
  shards: RelayShardAccounts[];
}

/** What keeps points that are due from being written: a limit of the node, the disk, or single files. */
export type WriteHold = 'updates' | 'creates' | 'disk' | 'files';

/** One replica in the accounts of a node; counts are since it was opened. */
export interface ReplicaAccounts {
  report: ReplicaReport;
  batches: number;
  /** Points taken from the logs; each is written, dropped or queued. */
  applied: number;
  written: number;
  droppedTooOld: number;
  droppedOutOfRange: number;
  droppedUnstorable: number;
  queued: number;
  /** How long the point that waits longest has been in the queue. */
  oldestMs: number;
  heldBy: WriteHold | null;
  /** Metrics that are set aside: their files may not be made yet, or refuse writes. */
  parkedMetrics: number;
  /**
   * Since the node's start: batches that could not be read, messages that retention removed before, and those of them
   * whose points have come from peers, or were given up.
   */
  malformedBatches: number;
  messagesLost: number;
  messagesRepaired: number;
  messagesGivenUp: number;
  /** What it lacks now. */
  gaps: readonly Gap[];
  /** Of the shard's log in the node's own datacentre. */
  tally: TallyMessage;
}

/** The accounts of a node. */
export interface NodeAccounts {
  queuePoints: number;
  queuePointsMax: number;
  /** How long points may wait to be written together. */
  writeDelayMs: number;
  /** MAX_UPDATES_PER_SECOND and MAX_CREATES_PER_MINUTE; null for no limit. */
  updatesPerSecond: number | null;
  createsPerMinute: number | null;
  replicas: ReplicaAccounts[];
}

export type AuditRequest =
  | { type: 'relayAccounts' }
  | { type: 'nodeAccounts' }
  /** To an api: the whole audit. */
  | { type: 'audit' };

export interface AuditReplies {
  relayAccounts: RelayAccounts;
  nodeAccounts: NodeAccounts;
  audit: AuditView;
}
