import type { NatsConnection } from 'nats';
import { Auditor } from '../../actors/audit/auditor.js';
import { Membership } from '../../actors/membership/membership.js';
import { sleep } from '../../actors/ports/clock.js';
import type { LogReader } from '../../actors/ports/log.js';
import type { Logger } from '../../actors/ports/logger.js';
import { ClusterObserver } from '../../actors/query/cluster-view.js';
import { NodeClient } from '../../actors/query/node-client.js';
import type { Settings } from '../../config/settings.js';
import { systemClock } from '../../edge/clock.js';
import type { NatsAccess } from '../../edge/nats-access.js';
import { NatsBus } from '../../edge/nats-bus.js';
import { connectNats } from '../../edge/nats-connection.js';
import { NatsIngestSource } from '../../edge/nats-ingest.js';
import { NatsLogReader } from '../../edge/nats-log.js';
import { CarbonbusError } from '../../errors.js';
import { ShardMap } from '../../routing/shard-map.js';

/**
 * Refuses what is none of the cluster's nodes, before anybody is asked.
 *
 * Errors: `UNKNOWN_NODE`.
 */
export function requireNode({ settings }: Cluster, node: string): void {
  const names = settings.cluster.nodes.map(({ name }) => name);
  if (names.includes(node)) return;
  throw new CarbonbusError('UNKNOWN_NODE', `${node} is not one of NODES (${names.join(', ')})`);
}

export const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
/** Nothing is read but the state of the logs. */
const READ_AHEAD_BYTES = 64 * 1024;

/** The cluster that a command is about, and how to reach it. */
export interface Cluster {
  settings: Settings;
  access: NatsAccess;
  /** For connecting, and for each answer. */
  timeoutMs: number;
}

export interface OnBus {
  observer: ClusterObserver;
  auditor: Auditor;
  membership: Membership;
  client: NodeClient;
  log: LogReader;
  /** The names of those that are not down. */
  relays: () => string[];
}

/**
 * Connects, does the work, and closes the connection whatever comes of it.
 *
 * Errors: `NATS_UNREACHABLE`, `NATS_AUTHORIZATION`.
 */
export async function connected<T>(
  { access, timeoutMs }: Cluster,
  work: (connection: NatsConnection) => Promise<T>,
  log = SILENT,
): Promise<T> {
  const connection = await connectNats(access, 'operator', log, 'fail', timeoutMs);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** Connects, listens for a round of heartbeats, and does the work. */
export function onBus<T>(cluster: Cluster, work: (bus: OnBus) => Promise<T>): Promise<T> {
  return connected(cluster, async (connection) => {
    const bus = new NatsBus(connection, SILENT);
    const shardMap = new ShardMap(cluster.settings.cluster);
    const { heartbeatIntervalMs, nodes, datacentre } = cluster.settings.cluster;
    const membership = new Membership({
      bus,
      clock: systemClock,
      log: SILENT,
      heartbeatIntervalMs,
      nodes: nodes.map((node) => node.name),
    });
    await sleep(systemClock, heartbeatIntervalMs * 1.5);
    const log = new NatsLogReader(connection, systemClock, SILENT, READ_AHEAD_BYTES);
    const ingest = new NatsIngestSource(connection, systemClock, SILENT);
    const observer = new ClusterObserver({ datacentre, shardMap, membership, log, ingest });
    const client = new NodeClient(bus, cluster.timeoutMs);
    const auditor = new Auditor({
      ...{ datacentre, shardMap, membership, client, log, ingest },
      clock: systemClock,
    });
    const relays = () =>
      membership.ofRole('relay').flatMap(({ name, state }) => (state === 'down' ? [] : [name]));
    const result = await work({ observer, auditor, membership, client, log, relays });
    membership.stop();
    return result;
  });
}
