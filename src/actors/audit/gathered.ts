import type { NodeAccounts, RelayAccounts } from '../../protocols/audit-messages.js';
import type { Member } from '../membership/membership.js';
import type { IngestBacklog } from '../ports/bus.js';
import type { LogState } from '../ports/log.js';

/** A relay, and its accounts unless it does not answer. */
export interface AskedRelay {
  member: Member;
  accounts: RelayAccounts | null;
}

/** A node, and its accounts unless it does not answer. */
export interface AskedNode {
  name: string;
  /** The shards that are placed on it. */
  shards: readonly number[];
  member: Member | undefined;
  accounts: NodeAccounts | null;
}

/** All that an audit is made of, as it was found within a few seconds. */
export interface Gathered {
  /** When, monotonic. */
  atMs: number;
  relays: AskedRelay[];
  nodes: AskedNode[];
  /** The logs by shard; null for one that cannot be asked. */
  logs: (LogState | null)[];
  ingest: IngestBacklog | null;
  forwarders: Member[];
}

/** How long nothing was heard of a process, in words. */
export function silence(member: Member | undefined, atMs: number): string {
  if (member?.last === undefined) return 'has not been heard';
  return `has not been heard for ${seconds(atMs - member.heardAtMs)}`;
}

export function seconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1000))} s`;
}

export function grouped(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** `1 point`, `12,000 points`. */
export function counted(count: number, what: string): string {
  return `${grouped(count)} ${what}${Math.round(count) === 1 ? '' : 's'}`;
}

/** `shard 3`, `shards 3, 5 and 9`, `18 shards`. */
export function shardsText(shards: readonly number[]): string {
  if (shards.length === 1) return `shard ${shards[0]}`;
  if (shards.length > 6) return `${shards.length} shards`;
  return `shards ${shards.slice(0, -1).join(', ')} and ${shards.at(-1)}`;
}
