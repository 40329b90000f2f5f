import type { ClusterView, NodeView } from '../../actors/query/cluster-view.js';
import { writeOut } from '../output.js';
import { type Cluster, onBus } from './cluster.js';
import { sum, table } from './table.js';

/** Not every node is live. */
const EXIT_NOT_LIVE = 2;

/** `carbonbus status`: what the members say of themselves within a few heartbeats. */
export async function status(cluster: Cluster, { json }: { json?: boolean }): Promise<number> {
  const view = await onBus(cluster, ({ observer }) => observer.view());
  await writeOut(json ? `${JSON.stringify(view)}\n` : statusText(view));
  return view.nodes.every((node) => node.state === 'live') ? 0 : EXIT_NOT_LIVE;
}

function statusText(view: ClusterView): string {
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
