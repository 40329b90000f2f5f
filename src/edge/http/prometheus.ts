import type { FastifyReply } from 'fastify';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Member, Membership } from '../../actors/membership/membership.js';
import type { ClusterObserver } from '../../actors/query/cluster-view.js';
import { ROLES } from '../../protocols/heartbeat.js';
import { addDestinations } from './destination-metrics.js';

const GAUGES: Record<string, string> = {
  connections: 'Open connections of senders',
  statsdNames: 'Counters, timers, gauges and sets of statsd that are kept',
  pendingPoints: 'Points read and not yet in a shard log',
  windowBytes: 'Memory of batches that are closed and not yet acknowledged',
  metrics: 'Metrics known, by replica',
  queueMetrics: 'Metrics with points that are not on disk',
  queuePoints: 'Points that are not on disk',
  gapsOpen: 'Gaps that a peer may fill',
  gapsIrreparable: 'Gaps that no peer can fill',
  retiredShards: 'Shards of which the node has files although others keep them',
  cacheQueryConnections: 'Open cache query connections',
  cacheEntries: 'Answers that are remembered',
  cacheBytes: 'Bytes of answers that are remembered',
  longRendersRunning: 'Render requests over many points that threads of their own work on',
  longRendersWaiting: 'Render requests over many points that wait for a thread',
  residentBytes: 'Resident memory',
};

const COUNTERS: Record<string, string> = {
  pointsReceived: 'Points accepted by the relay',
  pointsRefused: 'Points refused by the rules of the relay',
  batchesStored: 'Batches acknowledged by shard logs',
  pointsStored: 'Points acknowledged by shard logs',
  publishRetries: 'Publishes repeated under the same id',
  logConnectionLosses: 'Times that the connection to nats-server was lost',
  logFull: 'Publishes refused since a shard log was full',
  connectionsRefused: 'Connections refused since there were too many',
  connectionsIdleClosed: 'Connections closed since they were silent for too long',
  handshakesFailed: 'Connections to a TLS port that could not show that they may',
  pointsDroppedWindowFull: 'Points dropped while the window was full, without flow control',
  postsTaken: 'HTTP requests with points',
  postsRefusedWindowFull: 'HTTP requests refused while the window was full',
  postsLate: 'HTTP requests whose points no log had acknowledged in time',
  statsdFlushes: 'Times that statsd samples became points',
  udpDroppedWindowFull: 'Datagrams dropped while the window was full',
  ingestMessages: 'Messages read from the ingestion stream',
  batchesApplied: 'Batches of shard logs applied',
  pointsApplied: 'Points of shard logs applied',
  malformedBatches: 'Broken batches in shard logs',
  messagesLost: 'Log messages removed by retention before they were read',
  messagesRepaired: 'Log messages that were not read and whose points have come from peers',
  readDifferences: 'Series of reads that a replica lacked points of, or had others of',
  readRepairsAsked:
    'Metrics that nodes were asked to compare since a read saw that replicas differ',
  readRepairsDropped: 'Metrics whose repair was not asked for, since too many wait',
  readRepairs: 'Metrics compared with peers since a read saw that they differ',
  readRepairsFailed: 'Metrics that could not be compared although a read saw that they differ',
  gapsFound: 'Gaps noticed in the files of replicas',
  gapsRepaired: 'Gaps that were filled from peers',
  gapsGivenUp: 'Gaps that nobody could fill and an operator has given up',
  messagesGivenUp: 'Log messages that were not read, and whose points an operator has given up',
  repairRuns: 'Comparisons of a replica with its peers',
  repairBytesMoved: 'Bytes that came from peers to compare with them and to fill gaps',
  pointsRepaired: 'Points taken over from peers',
  pointsReplaced: 'Points that differed from a peer and gave way to its',
  filesRepaired: 'Whisper files made from those of peers',
  filesPutAside: 'Damaged whisper files that were put aside to be copied from a peer',
  checkpointsSaved: 'Checkpoints saved',
  mirrorsMade: 'Mirrors of other datacentres made, for the first time or again',
  mirrorsMadeAgain: 'Mirrors made again, since they stood still or their log was replaced',
  updateOperations: 'Whisper updates',
  committedPoints: 'Points written to whisper files',
  creates: 'Whisper files created',
  deferredCreates: 'New metrics whose file waits for MAX_CREATES_PER_MINUTE',
  errors: 'Failed writes of whisper files',
  droppedTooOld: 'Points older than every archive of their metric',
  droppedOutOfRange: 'Points whose timestamp does not fit a whisper file',
  droppedUnstorable: 'Points whose metric can have no file',
  filesMigrated: 'Whisper files changed to what the storage rules say',
  migrationErrors: 'Whisper files that a migration could not change',
  schemaReloadErrors: 'Edits of the storage files that were refused',
  ruleReloadErrors: 'Edits of the rule files of relays that were refused',
  writeMs: 'Time spent writing, in milliseconds',
  cacheQueries: 'Cache queries for one metric',
  malformedHeartbeats: 'Broken heartbeats',
  untrackedHeartbeats: 'Heartbeats of processes over the number that is tracked',
  requestsRefused: 'Requests refused since too many were in hand',
  readsGivenUp: 'Reads that a node gave up since nobody waited for them any more',
  selfReportsLost: 'Reports about itself that a process could not publish in time',
  cacheQueriesRefused: 'Cache query connections closed since what they sent is no request',
  cacheBulkQueries: 'Cache queries for several metrics',
  cacheHits: 'Requests answered with a remembered answer',
  cacheMisses: 'Requests whose answer was not remembered, though it might have been',
  partialAnswers: 'Answers that lacked shards, told as such or refused',
  answersUnfilled:
    'Answers with holes that a replica may have points for which did not answer in time, told as such or refused',
  answersCutOff: 'Answers that a limit cut off, told as such or refused',
  requestsAbandoned: 'Requests whose asker went away before the answer',
  pointsFilled: 'Points of answers that the preferred replica lacked and another had',
  findCacheHits: 'Patterns of targets whose metrics were remembered',
  findCacheMisses:
    'Patterns of targets whose metrics were not remembered, though they might have been',
  longRenders: 'Render requests over many points, which threads of their own evaluate',
  longRendersRefused: 'Render requests over many points refused since too many were under way',
  renderThreadsLost: 'Threads that died while they evaluated render requests',
  slowRequests: 'HTTP requests that took longer than HTTP_SLOW_REQUEST',
  cpuSeconds: 'CPU time, user and system',
};

const REJECTED = 'rejected.';
/** States of a node in which its replicas answer. */
const SERVING = new Set(['live', 'replaying']);

/** What `/metrics` tells Prometheus: every process of the cluster, from its heartbeats. */
export function exposition(membership: Membership, observer: ClusterObserver) {
  return async (reply: FastifyReply): Promise<FastifyReply> => {
    const registry = new Registry();
    addMembers(registry, membership);
    addDestinations(registry, membership.ofRole('forwarder'));
    await addReplicas(registry, observer);
    return reply.type(registry.contentType).send(await registry.metrics());
  };
}

function addMembers(registry: Registry, membership: Membership): void {
  const labelNames = ['role', 'name'];
  const registers = [registry];
  const up = new Gauge({
    name: 'carbonbus_up',
    help: '1 while heartbeats come',
    labelNames,
    registers,
  });
  const rejected = new Counter({
    name: 'carbonbus_rejected_total',
    help: 'Rejected input, by reason',
    labelNames: [...labelNames, 'reason'],
    registers,
  });
  for (const member of ROLES.flatMap((role) => membership.ofRole(role))) {
    const labels = { role: member.role, name: member.name };
    up.set(labels, member.state === 'up' || member.state === 'rejoining' ? 1 : 0);
    for (const [name, value] of Object.entries(member.last?.counters ?? {})) {
      if (name.startsWith(REJECTED)) {
        rejected.inc({ ...labels, reason: name.slice(REJECTED.length) }, value);
      } else addValue(registry, labels, name, value);
    }
  }
}

function addValue(
  registry: Registry,
  labels: Pick<Member, 'role' | 'name'>,
  name: string,
  value: number,
): void {
  const snake = `carbonbus_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
  const labelNames = ['role', 'name'];
  const registers = [registry];
  if (name in GAUGES) {
    const known = registry.getSingleMetric(snake) as Gauge | undefined;
    const gauge = known ?? new Gauge({ name: snake, help: GAUGES[name], labelNames, registers });
    gauge.set({ ...labels }, value);
  } else if (name in COUNTERS) {
    const total = `${snake}_total`;
    const known = registry.getSingleMetric(total) as Counter | undefined;
    const counter =
      known ?? new Counter({ name: total, help: COUNTERS[name], labelNames, registers });
    counter.inc({ ...labels }, value);
  }
}

async function addReplicas(registry: Registry, observer: ClusterObserver): Promise<void> {
  const labelNames = ['node', 'shard'];
  const registers = [registry];
  const lag = new Gauge({
    name: 'carbonbus_replica_lag_messages',
    help: 'Log messages that a replica has not applied yet',
    labelNames,
    registers,
  });
  const live = new Gauge({
    name: 'carbonbus_replica_live',
    help: '1 while a replica is live',
    labelNames,
    registers,
  });
  const mirrored = { labelNames: [...labelNames, 'datacentre'], registers };
  const behind = new Gauge({
    name: 'carbonbus_mirror_behind_messages',
    help: 'Log messages that the other datacentre has and its mirror has not; absent while nobody knows',
    ...mirrored,
  });
  const following = new Gauge({
    name: 'carbonbus_mirror_following',
    help: '1 while a mirror follows its origin',
    ...mirrored,
  });
  const mirrorLag = new Gauge({
    name: 'carbonbus_mirror_lag_messages',
    help: 'Messages of a mirror that a replica has not applied yet',
    ...mirrored,
  });
  for (const node of (await observer.view()).nodes) {
    for (const replica of node.shards) {
      const labels = { node: node.name, shard: String(replica.shard) };
      lag.set(labels, replica.lag);
      live.set(labels, SERVING.has(node.state) && replica.state === 'live' ? 1 : 0);
      for (const mirror of replica.mirrored) {
        const of = { ...labels, datacentre: mirror.datacentre };
        if (mirror.behind !== null) behind.set(of, mirror.behind);
        following.set(of, mirror.state === 'following' ? 1 : 0);
        mirrorLag.set(of, mirror.lag);
      }
    }
  }
}
