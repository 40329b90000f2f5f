import type {
  ClusterView,
  LayoutMismatch,
  NodeView,
  ProcessView,
  RelayView,
} from '../../actors/query/cluster-view.js';
import type { MirroredView, ReplayView } from '../../actors/query/replica-view.js';
import { writeOut } from '../output.js';
import { type Cluster, onBus } from './cluster.js';
import { repairCells } from './gaps.js';
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
  const { datacentre, shardCount, nodes, replicationFactor, epoch, ingest } = view;
  return [
    `${datacentre}: ${shardCount} shards on ${nodes.length} nodes, replication factor ${replicationFactor}, epoch ${epoch}\n`,
    `ingestion stream: ${ingest.waiting} messages wait, ${ingest.inHand} are with relays\n`,
    ...(view.replay === null ? [] : [`replay: ${replayText(view.replay)}\n`]),
    ...view.mismatches.map(mismatchLine),
    '\n',
    table([
      ['NODE', 'ZONE', 'STATE', 'PID', 'LIVE', 'LAG', 'QUEUED', 'GAPS', 'ERRORS', 'REPLAY'],
      ...nodes.map(nodeRow),
    ]),
    '\n',
    table([
      ['RELAY', 'STATE', 'PID', 'CONNECTIONS', 'RECEIVED', 'STORED', 'PENDING', 'REJECTED'],
      ...view.relays.map(relayRow),
    ]),
    '\n',
    table([['API', 'STATE', 'PID'], ...view.apis.map(processRow)]),
    ...destinationTable(view),
    mirrorTable(view),
    repairTable(view),
    retiredTable(view),
    '\n',
    table([
      ['SHARD', 'NODE', 'STATE', 'CHECKPOINT', 'LOG END', 'LAG', 'QUEUED'],
      ...replicaRows(view),
    ]),
  ].join('');
}

function gapsText({ gaps, gapsIrreparable }: NodeView): string {
  return gapsIrreparable === 0 ? String(gaps) : `${gaps}, ${gapsIrreparable} irreparable`;
}

/** The replicas that are compared with a peer, or are to be; nothing where none is. */
function repairTable({ nodes }: ClusterView): string {
  const rows = nodes.flatMap(({ name, shards }) =>
    shards.flatMap(({ shard, gaps, repair }) =>
      repair === null
        ? []
        : [[String(shard), name, repair.state, String(gaps), ...repairCells(repair)]],
    ),
  );
  if (rows.length === 0) return '';
  const head = ['REPAIR OF', 'NODE', 'STATE', 'GAPS', 'PROGRESS', 'LEFT'];
  return `\n${table([head, ...rows])}`;
}

/** Files of shards that other nodes keep now; nothing where there are none. */
function retiredTable({ retired }: ClusterView): string {
  if (retired.length === 0) return '';
  const rows = retired.map(({ shard, node, checkpoint, keptBy }) => [
    ...[String(shard), node, String(checkpoint), keptBy.join(', ')],
  ]);
  return `\n${table([['RETIRED', 'NODE', 'CHECKPOINT', 'KEPT BY'], ...rows])}`;
}

/** How far each node is behind each other datacentre; nothing where nothing is mirrored. */
function mirrorTable({ nodes }: ClusterView): string {
  const rows = nodes.flatMap((node) => {
    const logs = node.shards.flatMap(({ mirrored }) => mirrored);
    return [...new Set(logs.map(({ datacentre }) => datacentre))].map((datacentre) =>
      mirrorRow(
        node.name,
        datacentre,
        logs.filter((log) => log.datacentre === datacentre),
      ),
    );
  });
  if (rows.length === 0) return '';
  return `\n${table([['MIRRORS OF', 'NODE', 'STATES', 'BEHIND', 'LAG'], ...rows])}`;
}

function mirrorRow(node: string, datacentre: string, logs: readonly MirroredView[]): string[] {
  const states = new Map<string, number>();
  for (const { state } of logs) states.set(state, (states.get(state) ?? 0) + 1);
  const known = logs.flatMap(({ behind }) => (behind === null ? [] : [behind]));
  return [
    datacentre,
    node,
    [...states].map(([state, count]) => `${count} ${state}`).join(', '),
    known.length === 0 ? '-' : String(sum(known)),
    String(sum(logs.map(({ lag }) => lag))),
  ];
}

function mismatchLine({ role, name, difference }: LayoutMismatch): string {
  return `${role} ${name} is configured otherwise: ${difference}\n`;
}

function processRow({ name, state, pid }: ProcessView): string[] {
  return [name, state, String(pid ?? '-')];
}

function relayRow(relay: RelayView): string[] {
  const { connections, pointsReceived, pointsStored, pendingPoints, rejected } = relay;
  const counts = [connections, pointsReceived, pointsStored, pendingPoints, rejected];
  return [...processRow(relay), ...counts.map(String)];
}

function destinationTable({ destinations }: ClusterView): string[] {
  if (destinations.length === 0) return [];
  const rows = destinations.map((one) => [
    one.name,
    one.forwarder,
    one.forwarderState === 'up' ? one.state : one.forwarderState,
    `${one.daemonsUp}/${one.daemons}`,
    String(one.counters.pointsSent ?? 0),
    String(one.counters.pointsResent ?? 0),
    String(one.lag),
  ]);
  const head = ['DESTINATION', 'FORWARDER', 'STATE', 'UP', 'SENT', 'RESENT', 'LAG'];
  return ['\n', table([head, ...rows])];
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
    gapsText(node),
    String(node.errors),
    node.replay === null ? '' : replayText(node.replay),
  ];
}

function replayText({ replicas, lag, fromLag, secondsLeft }: ReplayView): string {
  const done = fromLag === 0 ? 100 : Math.floor((1 - lag / fromLag) * 100);
  const left = secondsLeft === null ? 'no end in sight yet' : `${secondsLeft} s left`;
  return `${replicas} replicas, ${lag} of ${fromLag} messages (${Math.max(0, done)} % done), ${left}`;
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
