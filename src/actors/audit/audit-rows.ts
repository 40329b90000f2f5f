import { POINT_SOURCES, type RelayAccounts } from '../../protocols/audit-messages.js';
import type { AuditRow, Stage } from '../../protocols/audit-view.js';
import { messagesOf } from '../../protocols/gaps.js';
import { shardStream } from '../../protocols/subjects.js';
import type { Member } from '../membership/membership.js';
import { type AskedNode, type AskedRelay, counted, type Gathered } from './gathered.js';

/** One row for each stage and place, in the order of the way of a point. */
export function auditRows(gathered: Gathered): AuditRow[] {
  const { relays, nodes, logs, ingest, forwarders } = gathered;
  return [
    ...relays.flatMap(receiverRows),
    ...(ingest === null
      ? []
      : [
          row('ingest', 'INGEST', 'messages', {
            unit: 'messages',
            held: ingest.waiting + ingest.inHand,
            reason: `${ingest.waiting} wait, ${ingest.inHand} are with relays`,
          }),
        ]),
    ...relays.flatMap(relayRows),
    ...logs.map((log, shard) =>
      row('log', shardStream(shard), `shard ${shard}`, {
        shard,
        unit: 'messages',
        in: log?.lastSequence ?? null,
        out: log === null ? null : log.firstSequence - 1,
        held: log === null ? 0 : log.lastSequence - log.firstSequence + 1,
        reason: log === null ? 'cannot be asked' : 'out: removed by retention',
      }),
    ),
    ...nodes.flatMap((node) => replicaRows(node, gathered)),
    ...forwarders.flatMap(destinationRows),
  ];
}

function row(stage: Stage, at: string, of: string, rest: Partial<AuditRow>): AuditRow {
  const counts = { in: null, out: null, held: 0, dropped: 0, lost: 0, repaired: 0 };
  return { stage, at, of, shard: null, unit: 'points', ...counts, reason: '', ...rest };
}

/** What a row cannot account for. */
function unaccounted(incoming: number, ...parts: number[]): number {
  return incoming - parts.reduce((sum, part) => sum + part, 0);
}

function receiverRows({ member, accounts }: AskedRelay): AuditRow[] {
  if (accounts === null) return [];
  const { received, rejected, droppedDatagrams, droppedPoints } = accounts;
  const sources = POINT_SOURCES.filter((source) => received[source] > 0).map((source) =>
    row('receiver', member.name, source, { in: received[source], out: received[source] }),
  );
  const refused = Object.entries(rejected);
  const full = { dropped: droppedDatagrams, reason: 'datagrams while the window was full' };
  const unpaused = { dropped: droppedPoints, reason: 'the window was full, without flow control' };
  return [
    ...sources,
    ...refused.map(([reason, count]) =>
      row('receiver', member.name, 'refused input', { in: count, out: 0, dropped: count, reason }),
    ),
    ...(droppedDatagrams > 0
      ? [row('receiver', member.name, 'udp', { in: droppedDatagrams, out: 0, ...full })]
      : []),
    ...(droppedPoints > 0
      ? [row('receiver', member.name, 'streams', { in: droppedPoints, out: 0, ...unpaused })]
      : []),
  ];
}

function relayRows({ member, accounts }: AskedRelay): AuditRow[] {
  if (accounts === null) {
    const held = member.last?.counters.pendingPoints ?? 0;
    return [
      row('relay', member.name, 'all shards', { held, reason: `${member.state}: no answer` }),
    ];
  }
  return [
    relayTotal(member.name, accounts),
    ...accounts.shards.map(({ shard, stored, pending, refusal }) =>
      row('relay', member.name, `shard ${shard}`, {
        shard,
        in: stored + pending,
        out: stored,
        held: pending,
        reason: refusal?.reason ?? '',
      }),
    ),
  ];
}

function relayTotal(name: string, { received, refused, shards }: RelayAccounts): AuditRow {
  let incoming = 0;
  for (const source of POINT_SOURCES) incoming += received[source];
  let out = 0;
  let held = 0;
  for (const { stored, pending } of shards) {
    out += stored;
    held += pending;
  }
  return row('relay', name, 'all shards', {
    in: incoming,
    out,
    held,
    dropped: refused,
    lost: unaccounted(incoming, out, held, refused),
    reason: refused > 0 ? 'dropped by the rules of the relay' : '',
  });
}

function replicaRows(node: AskedNode, { logs }: Gathered): AuditRow[] {
  const { name, shards, member, accounts } = node;
  return shards.flatMap((shard) => {
    const replica = accounts?.replicas.find(({ report }) => report.shard === shard);
    const report = replica?.report ?? member?.last?.shards.find((one) => one.shard === shard);
    const of = `shard ${shard}`;
    const end = logs[shard]?.lastSequence ?? report?.logEnd ?? 0;
    const applied = Math.min(end, report?.applied ?? 0);
    const lost = Math.min(applied, messagesOf(replica?.gaps ?? []));
    const givenUp = Math.min(applied - lost, replica?.messagesGivenUp ?? 0);
    const repaired = Math.min(applied - lost - givenUp, replica?.messagesRepaired ?? 0);
    const state = replica === undefined ? 'no answer' : replica.report.state;
    const reading = row('replica', name, of, {
      shard,
      unit: 'messages',
      in: end,
      out: applied - lost - givenUp - repaired,
      held: end - applied,
      dropped: givenUp,
      lost,
      repaired,
      reason:
        givenUp > 0 ? `${state}; ${counted(givenUp, 'message')} given up by an operator` : state,
    });
    if (replica === undefined || report === undefined) return [reading];
    const { written, queued, droppedTooOld, droppedOutOfRange, droppedUnstorable } = replica;
    const reasons: [number, string][] = [
      [droppedTooOld, 'older than every archive'],
      [droppedOutOfRange, 'timestamps out of range'],
      [droppedUnstorable, 'no file can have the name'],
    ];
    const dropped = droppedTooOld + droppedOutOfRange + droppedUnstorable;
    const reason = reasons.flatMap(([count, why]) => (count > 0 ? [`${count} ${why}`] : []));
    return [
      reading,
      row('writer', name, of, {
        shard,
        in: replica.applied,
        out: written,
        held: queued,
        dropped,
        lost: unaccounted(replica.applied, written, queued, dropped),
        reason: reason.join(', '),
      }),
      row('file', name, of, {
        shard,
        unit: 'messages',
        in: applied,
        out: report.checkpoint,
        held: Math.max(0, applied - report.checkpoint),
        reason: 'out: the checkpoint',
      }),
      ...report.mirrored.map((log) =>
        row('mirror', name, `shard ${shard} of ${log.datacentre}`, {
          shard,
          unit: 'messages',
          in: log.logEnd + (log.mirror?.behind ?? 0),
          out: log.applied,
          held: log.logEnd + (log.mirror?.behind ?? 0) - log.applied,
          reason: log.mirror?.state ?? '',
        }),
      ),
    ];
  });
}

function destinationRows(forwarder: Member): AuditRow[] {
  return (forwarder.last?.destinations ?? []).map(({ name, lag, state, counters }) =>
    row('destination', forwarder.name, name, {
      unit: 'messages',
      held: lag,
      reason: `${state}; ${counters.pointsSent ?? 0} points sent, ${counters.pointsResent ?? 0} again`,
    }),
  );
}
