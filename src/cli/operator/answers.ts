import type { LocateReply, MigrationFailure } from '../../protocols/messages.js';
import type { CreationRule } from '../../storage/schemas.js';

/** Where a metric lives; it needs no running cluster. */
export interface Placed {
  /** As it is stored. */
  name: string;
  /** What finds the shard of a name. */
  hash: string;
  shard: number;
  replicas: { node: string; zone: string; file: string }[];
  /** How its files are made; null where the storage files cannot be read. */
  creation: Creation | null;
}

/** What becomes of a name, from the relay on. */
export interface Lookup extends Placed {
  given: string;
  /** What NAME_CLEANSING makes of it. */
  cleansed: string;
  /** What the sections of rewrite-rules.conf make of that, one after the other. */
  rewritten: { pre: string; post: string };
  /** Why the relay refuses it, else null; it is placed all the same. */
  rejected: string | null;
  /** The section of quotas.conf that it counts for. */
  quota: string | null;
  /** What forwarders do with it, by each section that has DESTINATIONS. */
  sentOn: SentOn[];
}

/** Where the forwarders of one section send a metric, and why. */
export interface SentOn {
  /** Of carbon.conf: `relay`, or `relay:forwarder2`. */
  section: string;
  /** RELAY_METHOD. */
  method: string;
  /** The sections of relay-rules.conf that the name falls under; none for other methods than `rules`. */
  rules: string[];
  /** What is hashed in place of the name, by aggregation-rules.conf or route-using.conf. */
  hashedAs: string[];
  /** Of `any_of` and `failover` one at a time. */
  destinations: string[];
}

/** What a new file gets, and from which sections of the storage files. */
export interface Creation extends CreationRule {
  schema: string;
  aggregation: string;
}

/** What one process says of the newest points of a metric. */
export interface Whereabouts {
  process: string;
  answer: LocateReply | { error: string };
}

/** How far a migration has come. */
export interface MigrationReport {
  dryRun: boolean;
  /** False when it was stopped before the end. */
  isComplete: boolean;
  nodes: NodeMigrationReport[];
  /** The first of the files that could not be changed. */
  failures: (MigrationFailure & { node: string })[];
}

export interface NodeMigrationReport {
  node: string;
  checked: number;
  /** Files that were changed; in a dry run, those that would be. */
  changed: number;
  failed: number;
  /** Metrics that were not looked at yet. */
  left: number;
  /** Why the node, or one of its shards, was left out. */
  refusals: string[];
}
