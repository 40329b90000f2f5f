/** What nodes say to each other when one of them lacks points (see `docs/formats/messages.md`). */

export const GAP_KINDS = ['retention', 'newReplica', 'newLog', 'corruptFile'] as const;
export const GAP_STATES = ['open', 'repairing', 'irreparable'] as const;

/** Points that a replica has not, or may not have. One that was repaired is no gap any more. */
export interface Gap {
  /**
   * `retention`: the log dropped messages before they were read; `newReplica`: the folder was empty, and the log no longer
   * has its beginning; `newLog`: the log was made anew, and the end of the old one may not have been read;
   * `corruptFile`: a file was damaged and made anew.
   */
  kind: (typeof GAP_KINDS)[number];
  /** `irreparable`: no peer has the points either; it is tried again with each comparison. */
  state: (typeof GAP_STATES)[number];
  /** Why it is in this state; empty while there is nothing to say. */
  reason: string;
  /** The log and its messages that were not read; an empty name where no messages are meant. */
  stream: string;
  fromSequence: number;
  toSequence: number;
  /** Points of about this time are missing: seconds since the epoch; 0 for the beginning. */
  fromS: number;
  untilS: number;
  /** The only metric that is concerned; empty for all of the shard. */
  metric: string;
}

/** How a replica stands to its peers. */
export interface RepairReport {
  shard: number;
  state: 'idle' | 'due' | 'comparing' | 'copying' | 'waiting';
  /** The node that it compares itself with; empty while there is none. */
  peer: string;
  /** Metrics of this peer that were compared, and those there are. */
  compared: number;
  metrics: number;
  /** Bytes that came from peers in this run. */
  bytesMoved: number;
  /** Points that were taken over in this run. */
  points: number;
  /** At the pace so far, until it has been compared with this peer; null while nobody knows. */
  secondsLeft: number | null;
  /** Why it waits. */
  reason: string;
}

/** Files of a shard that this node keeps no longer; others may copy from them. */
export interface RetiredReport {
  shard: number;
  /** Every point of the messages up to this sequence of the shard's own log is in the files. */
  checkpoint: number;
  /** `checking`: they are to be removed, and are compared with those who keep the shard now. */
  state: 'kept' | 'checking' | 'removing' | 'removed';
  /** The node that they are compared with; empty while there is none. */
  successor: string;
  /** Metrics that were compared with it, and those there are. */
  compared: number;
  metrics: number;
  /** Why they were not removed when that was asked for last. */
  reason: string;
}

/** A page of the names that a replica has files of, ascending. */
export interface NamesPage {
  names: string[];
  /** How many names there are in all. */
  total: number;
}

/** A file, by hashes of what its archives hold; see `windowsOf` for what a window is. */
export interface FileDigest {
  name: string;
  /** The header of the file as its bytes; empty where there is no file. */
  header: Uint8Array;
  archives: ArchiveDigest[];
}

export interface ArchiveDigest {
  stepS: number;
  /** Beginning of the first window. */
  fromS: number;
  /** Length of a window. */
  windowS: number;
  /** 8 bytes for each window; zeros for one without a point. */
  hashes: Uint8Array;
}

/** Some slots of one archive, without those that hold no point. */
export interface SlotRange {
  name: string;
  stepS: number;
  fromS: number;
  /** Before this. */
  untilS: number;
}

/** Points of a range, ascending: little-endian u32 seconds, and little-endian doubles. */
export interface Slots {
  timestamps: Uint8Array;
  values: Uint8Array;
}

export type RepairRequest =
  /** What a shard has files of; the names after `after`. */
  | { type: 'names'; shard: number; after: string; limit: number }
  /** Slots that end by `untilS`, and are within the retention at `nowS`. */
  | { type: 'digests'; shard: number; names: string[]; nowS: number; untilS: number }
  | { type: 'slots'; shard: number; ranges: SlotRange[] }
  | { type: 'gaps' }
  /** Compares replicas with their peers as soon as may be; all of the node without a shard. */
  | { type: 'repair'; shard: number | null }
  /** Takes gaps that cannot be repaired off the list; all of the node without a shard. */
  | { type: 'giveUpGaps'; shard: number | null }
  /** Compares metrics of a shard with its peers: a read saw that they differ. At most `FILES_MAX`. */
  | { type: 'compare'; shard: number; names: string[] }
  /**
   * Begins to remove files of a shard that the node keeps no longer, unless that was begun; without `begin` it only says
   * how far that is.
   */
  | { type: 'removeRetired'; shard: number; begin: boolean };

export interface RepairReplies {
  names: NamesPage;
  digests: { files: FileDigest[] };
  slots: { slots: Slots[] };
  gaps: { gaps: (Gap & { shard: number })[]; repairs: RepairReport[] };
  repair: { shards: number[] };
  giveUpGaps: { gaps: (Gap & { shard: number })[] };
  /** How many of the metrics wait for it now; for others there is no room. */
  compare: { taken: number };
  removeRetired: RetiredReport;
}

/** Limits of one request, so that its work and its reply stay small. */
export const NAMES_MAX = 1_000;
export const FILES_MAX = 64;
export const SLOTS_MAX = 200_000;
