/** The answer of `GET /audit`; its names are kept stable, scripts read them. */

/** Where points are on their way, in the order of the way. */
export const STAGES = [
  'receiver',
  'ingest',
  'relay',
  'log',
  'replica',
  'writer',
  'file',
  'mirror',
  'destination',
] as const;
export type Stage = (typeof STAGES)[number];

/**
 * What went into a stage and out of it at one place. `in` is `out` + `held` + `dropped` + `lost` + `repaired`. Points are counted
 * since the start of the process, and in replicas since they were opened; messages are sequences of a log.
 */
export interface AuditRow {
  stage: Stage;
  /** The process; for a log the shard's stream. */
  at: string;
  /** The source, the shard, or what else the row is about. */
  of: string;
  shard: number | null;
  unit: 'points' | 'messages';
  /** Null where the process does not say. */
  in: number | null;
  out: number | null;
  held: number;
  /** Refused or dropped by rule, each with a reason. */
  dropped: number;
  /** What nobody can account for; of a replica what it has not read of its logs, and has not got from a peer. */
  lost: number;
  /** Messages that a replica has not read, and whose points have come from a peer. */
  repaired: number;
  reason: string;
}

/** A stage that holds points longer than it should, or has lost some. */
export interface Finding {
  kind: 'lost' | 'holds';
  stage: Stage;
  at: string;
  shards: number[];
  /** Points that are held or lost; estimated for messages that nobody has read. */
  points: number;
  /** One sentence for people. */
  text: string;
}

export interface AuditView {
  datacentre: string;
  outcome: 'balanced' | 'holds' | 'lost';
  /** Of the worst finding; null where all is balanced. */
  stage: Stage | null;
  /** One sentence: the worst finding. */
  verdict: string;
  /** The worst first. */
  findings: Finding[];
  rows: AuditRow[];
}
