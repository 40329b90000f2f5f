import type { LocateReply } from '../protocols/messages.js';

/** Where a metric lives; it needs no running cluster. */
export interface Lookup {
  name: string;
  shard: number;
  replicas: { node: string; zone: string; file: string }[];
}

/** What one process says of the newest points of a metric. */
export interface Whereabouts {
  process: string;
  answer: LocateReply | { error: string };
}
