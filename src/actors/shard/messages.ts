import type {
  CachedMessage,
  FoundMessage,
  InfoMessage,
  LocateReply,
  MigrateReply,
  MigrationCursor,
  TagAnswer,
  TagQuestion,
} from '../../protocols/messages.js';
import type { FileDigest, Gap, SlotRange, Slots } from '../../protocols/repair-messages.js';
import type { SeriesBlocks } from '../../protocols/series-blocks.js';
import type { Filled, Trust } from '../../storage/whisper/file-fill.js';
import type { LogMessage, LogPlace, LogState } from '../ports/log.js';
import type { MatchingSeries } from './matching-series.js';
import type { RepairOutcome } from './replica-gaps.js';

/** A read that may take long: it is given up, with `NOT_WANTED`, when nobody waits for it any more. */
interface Wanted {
  isWanted?: (() => boolean) | undefined;
}

interface Answered<T> {
  reply: (value: T) => void;
  fail: (error: unknown) => void;
}

/** From where a log is to be read. */
export interface LogStart {
  next: number;
  /** The message that the replica has come to, as the checkpoint knows it. */
  before: LogPlace;
}

/** Of which time points are asked for, by whisper's rules (`fetchWindow`). */
export interface ReadWindow {
  fromS: number;
  untilS: number;
  nowS: number;
}

/** Questions about metrics, answered from the queue and the files. */
export type ReadMessage = Extract<
  ReplicaMessage,
  { type: 'find' | 'fetch' | 'fetchMatching' | 'cached' | 'locate' }
>;

/** Reads and writes of what stands in the headers of files. */
export type HeaderMessage = Extract<ReplicaMessage, { type: 'info' | 'setAggregationMethod' }>;

export type FindMessage = Extract<ReplicaMessage, { type: 'find' }>;
export type FetchMessage = Extract<ReplicaMessage, { type: 'fetch' }>;
export type FetchMatchingMessage = Extract<ReplicaMessage, { type: 'fetchMatching' }>;

/** Questions about tags, and changes of the tag index. */
export type TagMessage = Extract<ReplicaMessage, { type: 'tags' | 'changeTags' }>;

export type MigrateMessage = Extract<ReplicaMessage, { type: 'migrate' }>;

/** What one message of a migration has done; `left` and `next` are of this shard. */
export type MigrateStep = Omit<MigrateReply, 'refusals'>;

/** Comparing one file with a peer's. */
export type RepairMessage = Extract<ReplicaMessage, { type: 'digest' | 'slots' | 'fill' }>;

export type DrainMessage = Extract<ReplicaMessage, { type: 'drain' | 'rest' }>;
export type BatchMessage = Extract<ReplicaMessage, { type: 'batch' }>;
export type LostMessage = Extract<ReplicaMessage, { type: 'lost' }>;

/** What a shard replica is told; `log` is the place of a log among those that it reads. A batch of the log is one message; a point never is. */
export type ReplicaMessage =
  /** `reserved`: points of the budget that were taken for it. */
  | ({
      type: 'batch';
      log: number;
      reserved: number;
    } & LogMessage)
  | { type: 'lost'; log: number; from: number; to: number }
  /** The end of a log, asked of the log itself while no message arrives. */
  | { type: 'logEnd'; log: number; sequence: number }
  /** A log can be read, was made anew, or has lost its end; the reply says from where to read it. */
  | ({ type: 'follow'; log: number; state: LogState; isCutBack: boolean } & Answered<LogStart>)
  /** One slice of writing; the reply says whether more is due at once. */
  | ({ type: 'write' } & Answered<boolean>)
  | { type: 'checkpoint' }
  | ({
      type: 'find';
      query: string;
      limit: number;
      namesOnly: boolean;
      leavesOnly: boolean;
    } & Wanted &
      Answered<FoundMessage>)
  /** The names at some places; the reply says that `series` has all there is. */
  | ({
      type: 'fetch';
      names: readonly string[];
      places: readonly number[];
      window: ReadWindow;
      series: SeriesBlocks;
    } & Wanted &
      Answered<void>)
  /** `find` and `fetch` in one; the reply says what was found. */
  | ({
      type: 'fetchMatching';
      query: string;
      limit: number;
      window: ReadWindow;
      into: MatchingSeries;
    } & Wanted &
      Answered<FoundMessage>)
  | ({ type: 'cached'; names: string[] } & Answered<CachedMessage[]>)
  | ({ type: 'locate'; name: string; nowS: number } & Answered<LocateReply>)
  | ({ type: 'info'; names: string[] } & Answered<InfoMessage[]>)
  | ({ type: 'setAggregationMethod'; name: string; method: string } & Answered<string | null>)
  | ({ type: 'tags'; question: TagQuestion } & Answered<TagAnswer>)
  | ({ type: 'changeTags'; register: string[]; remove: string[] } & Answered<null>)
  /** At most one file is rewritten; the reply says where to go on. */
  | ({
      type: 'migrate';
      shard: number;
      from: MigrationCursor;
      dryRun: boolean;
      matches: (name: string) => boolean;
    } & Answered<MigrateStep>)
  | ({
      type: 'digest';
      name: string;
      nowS: number;
      untilS: number;
      /** Puts a damaged file aside, so that it is missing and will be copied. */
      putsAside: boolean;
    } & Answered<FileDigest>)
  | ({ type: 'slots'; range: SlotRange } & Answered<Slots>)
  /** Points of one archive of a peer's file, ascending. */
  | ({
      type: 'fill';
      name: string;
      header: Uint8Array;
      stepS: number;
      points: { timestamps: Uint32Array; values: Float64Array };
      trust: Trust;
      nowS: number;
    } & Answered<Filled>)
  /** The gaps that end by `untilS` are being repaired. */
  | { type: 'repairBegan'; gaps: readonly Gap[] }
  | { type: 'repairEnded'; outcome: RepairOutcome }
  /** Those that no peer can fill leave the list. */
  | ({ type: 'giveUpGaps' } & Answered<Gap[]>)
  /** Writes what it can until then; a replica that only rests answers afterwards as before. */
  | ({ type: 'drain' | 'rest'; untilMs: number } & Answered<void>);
