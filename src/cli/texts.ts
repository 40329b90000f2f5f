import type { ClusterView, NodeView } from '../actors/query/cluster-view.js';
import type { Rejections } from '../actors/query/rejections.js';
import type { Location } from '../protocols/messages.js';
import type { Lookup, MigrationReport, Whereabouts } from './answers.js';

/** A table of text: columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column].length)),
  );
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

export function rejectedText({ rejected, failures }: Rejections): string {
  const rows = rejected.map(({ timeMs, relay, peer, reason, text }) => [
    new Date(timeMs).toISOString(),
    relay,
    peer || '-',
    reason,
    text,
  ]);
  const missing = failures.map(({ relay, error }) => `${relay} was not asked: ${error}\n`);
  return [table([['TIME', 'RELAY', 'PEER', 'REASON', 'INPUT'], ...rows]), ...missing].join('');
}

export function statusText(view: ClusterView): string {
  const head = `${view.datacentre}: ${view.shardCount} shards on ${view.nodes.length} nodes, replication factor ${view.replicationFactor}, epoch ${view.epoch}\ningestion stream: ${view.ingest.waiting} messages wait, ${view.ingest.inHand} are with relays\n`;
  const relays = view.relays.map((relay) => [
    relay.name,
    relay.state,
    String(relay.pid ?? '-'),
    String(relay.pendingPoints),
  ]);
  return [
    head,
    '\n',
    table([['NODE', 'ZONE', 'STATE', 'PID', 'LIVE', 'LAG', 'QUEUED'], ...view.nodes.map(nodeRow)]),
    '\n',
    table([['RELAY', 'STATE', 'PID', 'PENDING'], ...relays]),
    '\n',
    table([
      ['SHARD', 'NODE', 'STATE', 'CHECKPOINT', 'LOG END', 'LAG', 'QUEUED'],
      ...replicaRows(view),
    ]),
  ].join('');
}

function nodeRow(node: NodeView): string[] {
  const live = node.shards.filter((replica) => replica.state === 'live').length;
  return [
    node.name,
    node.zone,
    node.state,
    String(node.pid ?? '-'),
    `${live}/${node.shards.length}`,
    String(sum(node.shards.map((replica) => replica.lag))),
    String(sum(node.shards.map((replica) => replica.queuePoints))),
  ];
}

function replicaRows(view: ClusterView): string[][] {
  return view.nodes
    .flatMap((node) => node.shards.map((replica) => ({ node: node.name, replica })))
    .sort((a, b) => a.replica.shard - b.replica.shard)
    .map(({ node, replica }) => [
      String(replica.shard),
      node,
      replica.state,
      String(replica.checkpoint),
      String(replica.logEnd),
      String(replica.lag),
      String(replica.queuePoints),
    ]);
}

export function lookupText(found: Lookup): string {
  const rows = found.replicas.map(({ node, zone, file }) => [node, zone, file]);
  return `${found.name}\nshard ${found.shard}\n\n${table([['NODE', 'ZONE', 'FILE'], ...rows])}`;
}

/** @param nowS to say how old the newest points are */
export function queryText(
  found: Lookup & { logEnd: number; whereabouts: readonly Whereabouts[] },
  nowS: number,
): string {
  const rows = found.whereabouts.flatMap(({ process, answer }) => {
    if ('error' in answer) return [[process, '-', '-', '-', '-', '-', answer.error]];
    const { replica, newestSequence, newestFrom } = answer;
    const log =
      replica === undefined
        ? ''
        : `applied ${replica.applied}, newest in ${newestSequence} of ${newestFrom}`;
    return answer.locations.map((location) => [
      process,
      location.place,
      String(location.points),
      ...newest(location, nowS),
      replica === undefined ? '-' : String(Math.max(0, found.logEnd - replica.applied)),
      log,
    ]);
  });
  const head = ['PROCESS', 'PLACE', 'POINTS', 'NEWEST', 'VALUE', 'LAG', 'LOG'];
  return `${found.name}\nshard ${found.shard}, its log ends at ${found.logEnd}\n\n${table([head, ...rows])}`;
}

/** One line for a person who waits. */
export function migrationProgress({ dryRun, nodes }: MigrationReport): string {
  const of = nodes.map(
    ({ node, checked, changed, failed, left }) =>
      `${node}: ${checked} checked, ${changed} ${dryRun ? 'differ' : 'changed'}, ${failed} failed, ${left} left`,
  );
  return `${of.join(' | ')}\n`;
}

export function migrationText(report: MigrationReport): string {
  const { dryRun, isComplete, nodes, failures } = report;
  const rows = nodes.map(({ node, checked, changed, failed, left }) => [
    node,
    ...[checked, changed, failed, left].map(String),
  ]);
  const head = ['NODE', 'CHECKED', dryRun ? 'DIFFER' : 'CHANGED', 'FAILED', 'LEFT'];
  const failed = sum(nodes.map((node) => node.failed));
  return [
    table([head, ...rows]),
    ...nodes.flatMap(({ node, refusals }) => refusals.map((why) => `${node} refused: ${why}\n`)),
    ...failures.map(({ node, name, error }) => `${node} failed: ${name}: ${error}\n`),
    failed > failures.length ? `... and ${failed - failures.length} more failed\n` : '',
    isComplete ? '' : 'stopped; the next migration goes on with what still differs\n',
  ].join('');
}

function newest({ newestTimestamp, newestValue }: Location, nowS: number): [string, string] {
  if (newestTimestamp === null) return ['-', '-'];
  return [`${newestTimestamp} (${Math.round(nowS - newestTimestamp)} s ago)`, String(newestValue)];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
