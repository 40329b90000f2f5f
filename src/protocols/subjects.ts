/** Every NATS subject and stream name. Nothing else in the project spells one. */

/** Public: producers publish lines or columnar batches below this; JetStream acknowledges them. */
export const INGEST_SUBJECTS = 'metrics.ingest.>';
export const INGEST_STREAM = 'INGEST';
/** The durable consumer that all relays of a datacentre share. */
export const INGEST_CONSUMER = 'relays';

/** What a producer with a name may publish to. */
export function ingestSubjectsOf(producer: string): string[] {
  return [`metrics.ingest.${producer}`, `metrics.ingest.${producer}.>`];
}

/** Events, for annotations: one stream for all apis of a datacentre. */
export const EVENTS_STREAM = 'EVENTS';
export const EVENTS_SUBJECT = 'carbonbus.events';

/** What a producer publishes to by mistake: two tokens, so never below `metrics.ingest`. */
export const MISDIRECTED_SUBJECTS = 'metrics.*';

export const HEARTBEAT_SUBJECT = 'carbonbus.heartbeat';

export function shardStream(shard: number): string {
  return `SHARD_${shard}`;
}

/** The shard of a stream of `shardStream`; undefined for any other. */
export function shardOfStream(stream: string): number | undefined {
  const match = /^SHARD_(\d+)$/.exec(stream);
  return match ? Number(match[1]) : undefined;
}

/** The mirror of another datacentre's shard log; it has no subject, so that nothing can be published to it. */
export function mirrorStream(shard: number, datacentre: string): string {
  return `${shardStream(shard)}_FROM_${datacentre}`;
}

/** The shard of a stream of `mirrorStream` for this datacentre; undefined for any other. */
export function shardOfMirror(stream: string, datacentre: string): number | undefined {
  const end = stream.indexOf('_FROM_');
  const isOfDatacentre = end > 0 && stream === `${stream.slice(0, end)}_FROM_${datacentre}`;
  return isOfDatacentre ? shardOfStream(stream.slice(0, end)) : undefined;
}

export function shardSubject(shard: number): string {
  return `shard.${shard}.batch`;
}

/** The subjects of all shard logs. */
export const SHARD_SUBJECTS = 'shard.*.batch';

/** Where a process answers requests (`messages.ts`). */
export function requestSubject(role: string, name: string): string {
  return `carbonbus.${role}.${name}.request`;
}

/** Where the only process of a role and name says that it is there. */
export function nameSubject(role: string, name: string): string {
  return `carbonbus.${role}.${name}.name`;
}

/** Where a role publishes its self-metrics: an ingestion subject like any producer's. */
export function selfMetricsSubject(role: string, name: string): string {
  return `metrics.ingest.carbon.${role}.${name}`;
}

/** Of those who give no name, or one that cannot be a part of a subject. */
export const INBOX_PREFIX = '_INBOX';

/** Where replies to a user come: where NATS knows users, no other may read there. */
export function inboxPrefixOf(user: string): string {
  return /^[A-Za-z0-9_-]+$/.test(user) ? `${INBOX_PREFIX}_${user}` : INBOX_PREFIX;
}
