import type { RelayAccounts, RelayShardAccounts } from '../../protocols/audit-messages.js';
import type { Finding } from '../../protocols/audit-view.js';
import {
  type AskedRelay,
  counted,
  type Gathered,
  grouped,
  seconds,
  shardsText,
  silence,
} from './gathered.js';

/** A batch that has waited longer for its log than this is held: the others are on their way. */
const ACKNOWLEDGED_WITHIN_MS = 2_000;

/** What relays, the ingestion stream and the logs hold. */
export function relayFindings(gathered: Gathered): Finding[] {
  const { relays, ingest } = gathered;
  const unreachable = gathered.logs.flatMap((log, shard) => (log === null ? [shard] : []));
  const findings = relays.flatMap((relay) => findingsOf(relay, gathered));
  if (unreachable.length > 0) {
    const text = `the log of ${shardsText(unreachable)} cannot be asked: see whether nats-server runs and has its streams`;
    findings.unshift({
      kind: 'holds',
      stage: 'log',
      at: 'nats',
      shards: unreachable,
      points: 0,
      text,
    });
  }
  if (relays.every(({ accounts }) => accounts === null) && (ingest?.waiting ?? 0) > 0) {
    const text = `the ingestion stream holds ${counted(ingest?.waiting ?? 0, 'message')}: no relay answers`;
    findings.push({ kind: 'holds', stage: 'ingest', at: 'INGEST', shards: [], points: 0, text });
  }
  return findings;
}

function findingsOf({ member, accounts }: AskedRelay, { atMs }: Gathered): Finding[] {
  const { name } = member;
  if (accounts === null) {
    const { pendingPoints: points = 0, connections = 0 } = member.last?.counters ?? {};
    const text = `${name} ${silence(member, atMs)}: it had read ${counted(points, 'point')} that no log has, and ${counted(connections, 'connection')} sent to it`;
    return [{ kind: 'holds', stage: 'relay', at: name, shards: [], points, text }];
  }
  const late = accounts.shards.filter((shard) => shard.oldestMs > ACKNOWLEDGED_WITHIN_MS);
  const full = late.filter((shard) => shard.refusal?.isFull);
  const waiting = late.filter((shard) => !shard.refusal?.isFull);
  const findings: Finding[] = [];
  if (full.length > 0) findings.push(holding('log', name, full, fullText(name, full)));
  if (accounts.windowIsFull) findings.push(paused(name, accounts, late));
  if (waiting.length > 0) {
    const text = `${name} holds ${counted(sum(waiting), 'point')} of ${shardsOf(waiting)}: ${waitText(waiting)}`;
    findings.push(holding('relay', name, waiting, text));
  }
  return findings;
}

function holding(
  stage: Finding['stage'],
  at: string,
  late: readonly RelayShardAccounts[],
  text: string,
): Finding {
  const shards = late.map(({ shard }) => shard);
  return { kind: 'holds', stage, at, shards, points: sum(late), text };
}

/** Senders wait: of all that is held this is what they notice. */
function paused(
  name: string,
  accounts: RelayAccounts,
  late: readonly RelayShardAccounts[],
): Finding {
  const { pausedConnections, connections, windowBytes } = accounts;
  const points = sum(accounts.shards);
  const why = late.length === 0 ? 'the logs take less than senders send' : waitText(late);
  const text = `the receiver of ${name} is paused by flow control: ${pausedConnections} of ${counted(connections, 'connection')} wait, since its window (WINDOW_BYTES) is full with ${counted(points, 'point')}, ${grouped(windowBytes)} bytes: ${why}`;
  const shards = late.map(({ shard }) => shard);
  return { kind: 'holds', stage: 'receiver', at: name, shards, points, text };
}

function fullText(name: string, full: readonly RelayShardAccounts[]): string {
  return `the log of ${shardsOf(full)} is full: ${name} holds ${counted(sum(full), 'point')} for it (${full[0].refusal?.reason}); make room for nats-server, or change SHARD_LOG_MAX_BYTES`;
}

function waitText(late: readonly RelayShardAccounts[]): string {
  const oldest = late.reduce((a, b) => (a.oldestMs >= b.oldestMs ? a : b));
  const why = oldest.refusal === null ? '' : ` (${oldest.refusal.reason})`;
  return `no acknowledgement from the log of ${shardsOf(late)} for ${seconds(oldest.oldestMs)}${why}`;
}

function shardsOf(late: readonly RelayShardAccounts[]): string {
  return shardsText(late.map(({ shard }) => shard));
}

function sum(shards: readonly RelayShardAccounts[]): number {
  return shards.reduce((total, { pending }) => total + pending, 0);
}
