/** What processes say to each other over NATS, as msgpack (see `docs/formats/messages.md`). */

import type { AuditReplies, AuditRequest } from './audit-messages.js';
import type { FoldedBlock, FoldKind } from './folded-block.js';
import type { NodeState, ReplicaReport } from './heartbeat.js';
import type { RejectionReason } from './rejection.js';
import type { RepairReplies, RepairRequest } from './repair-messages.js';

/** Series of one window, of some of the names that were asked for. */
export interface SeriesBlock {
  startS: number;
  endS: number;
  stepS: number;
  /** The places of the series' names among those asked for: little-endian u32. */
  which: Uint8Array;
  /** How the points of each series are written: the forms of its runs (`kernel/series/series-layout.ts`). */
  forms: Uint8Array;
  /** The points of the first series, of the second one and so on, each in its form. */
  values: Uint8Array;
}

/** What a find found, in no particular order: paths, or names alone where those were asked for. */
export interface FoundMessage {
  leaves: string[];
  branches: string[];
  /** There is more than the limit. */
  truncated: boolean;
}

/** What is asked of the tag index of every shard, in the expressions of graphite's `seriesByTag`. */
export type TagQuestion = ({ of: 'series' } | { of: 'tags' } | { of: 'values'; tag: string }) & {
  /** One of them at least, if there are any, does not hold for an empty value. */
  expressions: string[];
  /** Of the tags or values that are wanted; empty for all. */
  prefix: string;
  /** A regular expression for their beginning; empty for all. */
  pattern: string;
  limit: number;
};

/** The answer of one shard: at most `limit` series in no order, or tags or values, the first ones in order. */
export interface TagAnswer {
  texts: string[];
  /** The series with each value; empty unless values were asked for. */
  counts: number[];
  /** A pattern was not found within the time for it, and there is no answer. */
  tookTooLong?: true;
}

export const TOOK_TOO_LONG: TagAnswer = { texts: [], counts: [], tookTooLong: true };

/** Who waits for the answer to a request, and how long. */
export interface Asked {
  /** By which `cancel` means it; no two askers have the same. */
  id: string;
  withinMs: number;
}

/** A request as it is sent; without `asked` it cannot be cancelled. */
export type SentRequest = (Request | Cancellation) & { asked?: Asked };

/** Nobody waits for the answer of a request any more. Sent to the subject of the request, and not answered. */
export interface Cancellation {
  type: 'cancel';
  id: string;
}

export type Request =
  | {
      type: 'find';
      query: string;
      limit: number;
      /** Those that the node shall look at. */
      shards: number[];
      /** Asks for the distinct last parts of what is found, and not for paths. */
      namesOnly: boolean;
      /** Asks for metrics, and not for folders: those do not count towards the limit either. */
      leavesOnly: boolean;
    }
  | { type: 'fetch'; names: string[]; fromS: number; untilS: number; nowS: number }
  /** `find` and `fetch` in one: the series of all metrics of some shards that match a glob. */
  | {
      type: 'fetchMatching';
      query: string;
      limit: number;
      shards: number[];
      fromS: number;
      untilS: number;
      nowS: number;
      /** The node may make one series of all that are whole, if it is all the same to the result in which order that is done. */
      fold?: FoldKind;
    }
  | { type: 'cached'; names: string[] }
  | { type: 'locate'; name: string; nowS: number }
  | { type: 'rejected'; limit: number }
  | { type: 'info'; names: string[] }
  | { type: 'tags'; question: TagQuestion }
  /** Enters names without points into the tag index, and takes others off it; all of one shard. */
  | { type: 'changeTags'; shard: number; register: string[]; remove: string[] }
  /** Sets the aggregation method in the header of a metric's file. */
  | { type: 'setAggregationMethod'; name: string; method: string }
  | {
      type: 'migrate';
      /** A glob of metrics or of folders; all metrics when it is empty. */
      pattern: string;
      /** Files that may be rewritten before the reply; those that fail count. */
      filesMax: number;
      /** Counts the files that differ, and changes none. */
      dryRun: boolean;
      /** `next` of the reply before; null for the beginning. */
      from: MigrationCursor | null;
    }
  | AuditRequest
  | RepairRequest
  /** Stops reading the logs and writes what waits; `rejoin` reads on. Both may be asked again. */
  | { type: 'drain' }
  | { type: 'rejoin' };

/** How far a node has come with a migration. */
export interface MigrationCursor {
  shard: number;
  metric: number;
  /** The opening of the replica to which `metric` belongs; in another one its shard begins again. */
  openedMs: number;
}

export interface MigrationFailure {
  name: string;
  error: string;
}

/** What one request of a migration has done. */
export interface MigrateReply {
  /** Metrics compared with the rules. */
  checked: number;
  /** Files that were changed, or differ in a dry run. */
  changed: number;
  /** Files that could not be changed, and stay as they were. */
  failures: MigrationFailure[];
  /** Shards that were left out. */
  refusals: { shard: number; error: string }[];
  /** Metrics of this node that were not looked at yet. */
  left: number;
  next: MigrationCursor | null;
}

/** Queued points in order of arrival; both columns are little-endian doubles. */
export interface CachedMessage {
  name: string;
  timestamps: Uint8Array;
  values: Uint8Array;
}

/** The header of a metric's whisper file. */
export interface InfoMessage {
  name: string;
  aggregationMethod: string;
  /** Seconds that the longest archive covers. */
  maxRetention: number;
  xFilesFactor: number;
  /** Finest first. */
  archives: { secondsPerPoint: number; points: number }[];
}

/** Where the newest points of a metric are on one process. */
export interface Location {
  /** `relay`: read but not yet in the log; `queue`: in memory of a replica; `file`: on disk. */
  place: 'relay' | 'queue' | 'file';
  points: number;
  newestTimestamp: number | null;
  newestValue: number | null;
}

export interface LocateReply {
  locations: Location[];
  /** Present in a node's answer: the replica and the sequence that brought the newest point. */
  replica?: ReplicaReport;
  newestSequence?: number;
  /** The datacentre to whose log `newestSequence` belongs. */
  newestFrom?: string;
  file?: string;
  /** Seconds from point to point in its finest archive: the file has the times of points rounded down to it. */
  stepS?: number;
}

/** Refused inputs that a relay keeps. */
export const REJECTIONS_MAX = 1_000;

/** One input that a relay refused. */
export interface RejectedInput {
  /** Since the epoch. */
  timeMs: number;
  /** The sender's address and port; empty where it is not known. */
  peer: string;
  reason: RejectionReason;
  /** The beginning of it; what is not printable ASCII is escaped as `\\xNN`. */
  text: string;
}

export interface Replies extends AuditReplies, RepairReplies {
  /** `shards`: those that the answer is about. */
  find: FoundMessage & { shards: number[] };
  fetch: { blocks: SeriesBlock[] };
  /** `blocks` is null where the metrics have to be asked for by their names, since they are many. */
  fetchMatching: {
    names: string[];
    truncated: boolean;
    shards: number[];
    blocks: SeriesBlock[] | null;
    /** Of series that are not among `names`. */
    folded?: FoldedBlock;
  };
  cached: { metrics: CachedMessage[] };
  locate: LocateReply;
  /** The newest first. */
  rejected: { rejected: RejectedInput[] };
  /** Of the names that have a file. */
  info: { metrics: InfoMessage[] };
  tags: { shards: (TagAnswer & { shard: number })[] };
  changeTags: null;
  /** The method that the file had; null where there is no file. */
  setAggregationMethod: { old: string | null };
  migrate: MigrateReply;
  drain: { state: NodeState; queuePoints: number };
  rejoin: { state: NodeState; queuePoints: number };
}

export type Reply<T extends Request['type']> = { ok: true; value: Replies[T] } | Failure;

export interface Failure {
  ok: false;
  code: string;
  message: string;
}
