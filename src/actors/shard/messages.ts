import type {
  CachedMessage,
  FindNodeMessage,
  LocateReply,
  MigrateReply,
  MigrationCursor,
  SeriesMessage,
} from '../../protocols/messages.js';

interface Answered<T> {
  reply: (value: T) => void;
  fail: (error: unknown) => void;
}

/** Questions about metrics, answered from the queue and the files. */
export type ReadMessage = Extract<ReplicaMessage, { type: 'find' | 'fetch' | 'cached' | 'locate' }>;

export type MigrateMessage = Extract<ReplicaMessage, { type: 'migrate' }>;

/** What one message of a migration has done; `left` and `next` are of this shard. */
export type MigrateStep = Omit<MigrateReply, 'refusals'>;

/** What a shard replica is told. A batch of the log is one message; a point never is. */
export type ReplicaMessage =
  | { type: 'batch'; sequence: number; pending: number; bytes: Uint8Array }
  | { type: 'lost'; from: number; to: number }
  /** The end of the log, asked of the log itself while no message arrives. */
  | { type: 'logEnd'; sequence: number }
  /** One slice of writing; the reply says whether more is due at once. */
  | ({ type: 'write' } & Answered<boolean>)
  | { type: 'checkpoint' }
  | ({ type: 'find'; query: string; limit: number } & Answered<{
      nodes: FindNodeMessage[];
      truncated: boolean;
    }>)
  | ({
      type: 'fetch';
      names: string[];
      fromS: number;
      untilS: number;
      nowS: number;
    } & Answered<SeriesMessage[]>)
  | ({ type: 'cached'; names: string[] } & Answered<CachedMessage[]>)
  | ({ type: 'locate'; name: string; nowS: number } & Answered<LocateReply>)
  /** At most one file is rewritten; the reply says where to go on. */
  | ({
      type: 'migrate';
      shard: number;
      from: MigrationCursor;
      dryRun: boolean;
      matches: (name: string) => boolean;
    } & Answered<MigrateStep>)
  | ({ type: 'drain'; untilMs: number } & Answered<void>);
