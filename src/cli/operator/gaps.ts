import { type ClusterGaps, clusterGaps, giveUpGaps } from '../../actors/query/gaps.js';
import { NodeClient } from '../../actors/query/node-client.js';
import { NatsBus } from '../../edge/nats-bus.js';
import { CarbonbusError } from '../../errors.js';
import type { Gap, RepairReport } from '../../protocols/repair-messages.js';
import { writeOut } from '../output.js';
import { type Cluster, connected, SILENT } from './cluster.js';
import { table } from './table.js';

/** There are gaps, or a node could not be asked. */
const EXIT_GAPS = 2;

/**
 * `carbonbus gaps`: the points that replicas lack, why, and what becomes of that. With `giveUp` it takes those off the list
 * that nobody can fill, and shows them.
 *
 * @param where a node, a shard, or nothing for all
 */
export async function gaps(
  cluster: Cluster,
  where: string | undefined,
  { json, giveUp = false }: { json?: boolean; giveUp?: boolean },
): Promise<number> {
  const { nodes, shard } = placesOf(cluster, where);
  const all = await connected(cluster, (connection) => {
    const client = new NodeClient(new NatsBus(connection, SILENT), cluster.timeoutMs);
    return giveUp ? giveUpGaps(client, nodes, shard) : clusterGaps(client, nodes);
  });
  const isThere = (one: { shard: number }): boolean => shard === null || one.shard === shard;
  const found = {
    gaps: all.gaps.filter(isThere),
    repairs: all.repairs.filter(isThere),
    failures: all.failures,
  };
  const text = giveUp && found.gaps.length > 0 ? `given up:\n${gapsText(found)}` : gapsText(found);
  await writeOut(json ? `${JSON.stringify(found)}\n` : text);
  const left = giveUp ? 0 : found.gaps.length;
  return left + found.failures.length === 0 ? 0 : EXIT_GAPS;
}

/**
 * `carbonbus repair`: has replicas compared with their peers as soon as may be. What that comes to is seen with
 * `carbonbus gaps`.
 *
 * @param where a node, a shard, or nothing for all
 */
export async function repair(cluster: Cluster, where: string | undefined): Promise<number> {
  const { nodes, shard } = placesOf(cluster, where);
  return connected(cluster, async (connection) => {
    const client = new NodeClient(new NatsBus(connection, SILENT), cluster.timeoutMs);
    const lines: string[] = [];
    for (const node of nodes) {
      const { shards } = await client.ask('node', node, { type: 'repair', shard });
      if (shards.length > 0) lines.push(`${node} compares shards ${shards.join(', ')}\n`);
    }
    await writeOut(lines.length > 0 ? lines.join('') : 'no node keeps that shard\n');
    return lines.length > 0 ? 0 : 1;
  });
}

/** A node, and all its shards; or a shard on all nodes. */
function placesOf(
  cluster: Cluster,
  where: string | undefined,
): { nodes: string[]; shard: number | null } {
  const nodes = nodesOf(cluster);
  if (where === undefined) return { nodes, shard: null };
  if (nodes.includes(where)) return { nodes: [where], shard: null };
  const { shardCount } = cluster.settings.cluster;
  if (/^\d+$/.test(where) && Number(where) < shardCount) return { nodes, shard: Number(where) };
  throw new CarbonbusError(
    'NO_SUCH_PLACE',
    `${where} is neither a node (NODES: ${nodes.join(', ')}) nor a shard (0 to ${shardCount - 1})`,
  );
}

function nodesOf({ settings }: Cluster): string[] {
  return settings.cluster.nodes.map((node) => node.name);
}

export function gapsText({ gaps, repairs, failures }: ClusterGaps): string {
  const rows = gaps.map((gap) => [
    gap.node,
    String(gap.shard),
    gap.kind,
    gap.state,
    gap.fromS === 0 ? 'the beginning' : timeOf(gap.fromS),
    timeOf(gap.untilS),
    whatOf(gap),
    gap.reason || '-',
  ]);
  const head = ['NODE', 'SHARD', 'KIND', 'STATE', 'FROM', 'UNTIL', 'WHAT', 'WHY'];
  const running = repairs.map((one) => [
    ...[one.node, String(one.shard), one.state, ...repairCells(one)],
  ]);
  return [
    rows.length === 0 ? 'no gaps\n' : table([head, ...rows]),
    running.length === 0
      ? ''
      : `\n${table([['NODE', 'SHARD', 'REPAIR', 'PROGRESS', 'LEFT'], ...running])}`,
    ...failures.map(({ node, error }) => `${node} was not asked: ${error}\n`),
  ].join('');
}

function whatOf({ metric, stream, fromSequence, toSequence }: Gap): string {
  if (metric !== '') return metric;
  return stream === '' ? 'the shard' : `${stream} ${fromSequence} to ${toSequence}`;
}

/** How far a comparison is, and how long it takes. */
export function repairCells(report: RepairReport): [progress: string, left: string] {
  const { peer, compared, metrics, bytesMoved, points, reason, secondsLeft } = report;
  const left = secondsLeft === null ? '-' : `${secondsLeft} s`;
  if (peer === '') return [reason || '-', left];
  const moved = `${points} points, ${bytesMoved} bytes`;
  return [`with ${peer}: ${compared} of ${metrics} metrics, ${moved}`, left];
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
