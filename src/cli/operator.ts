import type { NatsConnection } from 'nats';
import { Membership } from '../actors/membership/membership.js';
import { sleep } from '../actors/ports/clock.js';
import type { Logger } from '../actors/ports/logger.js';
import { ClusterObserver } from '../actors/query/cluster-view.js';
import { NodeClient } from '../actors/query/node-client.js';
import { recentRejections } from '../actors/query/rejections.js';
import type { Settings } from '../config/settings.js';
import { onStopSignal } from '../edge/child-process.js';
import { systemClock } from '../edge/clock.js';
import { NatsBus } from '../edge/nats-bus.js';
import { connectNats, type NatsAccess } from '../edge/nats-connection.js';
import { NatsIngestSource } from '../edge/nats-ingest.js';
import { NatsLogReader } from '../edge/nats-log.js';
import { errorText } from '../errors.js';
import { normaliseName } from '../protocols/tags.js';
import { ShardMap } from '../routing/shard-map.js';
import { metricPath } from '../storage/metric-path.js';
import type { Lookup, Whereabouts } from './answers.js';
import { isClean, runMigration } from './migrate.js';
import {
  lookupText,
  migrationProgress,
  migrationText,
  queryText,
  rejectedText,
  statusText,
} from './texts.js';

const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const REQUEST_TIMEOUT_MS = 2_000;
/** A node works on one request of a migration for half a second, unless its disk is very slow. */
const MIGRATE_TIMEOUT_MS = 30_000;
const READ_AHEAD_BYTES = 64 * 1024;

/** The cluster that a command is about, and how to reach it. */
export interface Cluster {
  settings: Settings;
  access: NatsAccess;
}

/** `carbonbus lookup`: shard, nodes and files of a metric. */
export function lookup(settings: Settings, name: string, json: boolean): number {
  const found = locate(settings, name);
  process.stdout.write(json ? `${JSON.stringify(found)}\n` : lookupText(found));
  return 0;
}

function locate(settings: Settings, given: string): Lookup {
  const name = normaliseName(given);
  const shardMap = new ShardMap(settings.cluster);
  const shard = shardMap.shardOfMetric(name);
  const { localDataDir, tagHashFilenames } = settings.cache;
  return {
    name,
    shard,
    replicas: shardMap.nodesOf(shard).map((node) => ({
      node: node.name,
      zone: node.zone,
      file: `${localDataDir}/${node.name}/shards/${shard}/whisper/${metricPath(name, tagHashFilenames)}`,
    })),
  };
}

/** `carbonbus status`: what the members say of themselves within a few heartbeats. */
export async function status({ settings, access }: Cluster, json: boolean): Promise<number> {
  const view = await onBus({ settings, access }, ({ observer }) => observer.view());
  process.stdout.write(json ? `${JSON.stringify(view)}\n` : statusText(view));
  return view.nodes.every((node) => node.state === 'live') ? 0 : 2;
}

/** `carbonbus query`: asks every relay and the metric's replicas where its newest points are. */
export async function query(
  { settings, access }: Cluster,
  name: string,
  json: boolean,
): Promise<number> {
  const found = locate(settings, name);
  const { view, whereabouts } = await onBus({ settings, access }, async ({ observer, client }) => {
    const now = await observer.view();
    const asked: ['relay' | 'node', string][] = [
      ...now.relays.map((relay): ['relay', string] => ['relay', relay.name]),
      ...found.replicas.map((replica): ['node', string] => ['node', replica.node]),
    ];
    const answers = await Promise.all(
      asked.map(([role, process]) => ask(client, role, process, found.name)),
    );
    return { view: now, whereabouts: answers };
  });
  const logEnd = view.nodes
    .flatMap((node) => node.shards)
    .find((replica) => replica.shard === found.shard)?.logEnd;
  const answer = { ...found, logEnd: logEnd ?? 0, whereabouts };
  process.stdout.write(
    json ? `${JSON.stringify(answer)}\n` : queryText(answer, systemClock.nowMs() / 1000),
  );
  return 0;
}

/** `carbonbus rejected`: the inputs that the relays refused last. */
export async function rejected(
  { settings, access }: Cluster,
  limit: number,
  json: boolean,
): Promise<number> {
  const found = await onBus({ settings, access }, ({ client, relays }) =>
    recentRejections(client, relays(), limit),
  );
  process.stdout.write(json ? `${JSON.stringify(found)}\n` : rejectedText(found));
  return found.failures.length === 0 ? 0 : 2;
}

/** `carbonbus migrate`: brings existing files in line with the storage rules; stops with this command. */
export async function migrate(
  { settings, access }: Cluster,
  pattern: string,
  { rate, dryRun, json }: { rate: number; dryRun: boolean; json: boolean },
): Promise<number> {
  const connection = await connect(access);
  try {
    const client = new NodeClient(new NatsBus(connection, SILENT), MIGRATE_TIMEOUT_MS);
    const report = await runMigration({
      nodes: settings.cluster.nodes.map((node) => node.name),
      pattern,
      dryRun,
      rate,
      ask: (node, request) => client.ask('node', node, request),
      clock: systemClock,
      stopped: new Promise((resolve) => onStopSignal(() => resolve())),
      progress: (sofar) => process.stderr.write(migrationProgress(sofar)),
    });
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : migrationText(report));
    return isClean(report) ? 0 : 1;
  } finally {
    await connection.close();
  }
}

async function ask(
  client: NodeClient,
  role: 'relay' | 'node',
  process: string,
  name: string,
): Promise<Whereabouts> {
  const nowS = Math.floor(systemClock.nowMs() / 1000);
  try {
    return { process, answer: await client.ask(role, process, { type: 'locate', name, nowS }) };
  } catch (error) {
    return { process, answer: { error: errorText(error) } };
  }
}

interface OnBus {
  observer: ClusterObserver;
  client: NodeClient;
  /** The names of those that are not down. */
  relays: () => string[];
}

/** Connects, listens for a round of heartbeats, and does the work. */
async function onBus<T>(
  { settings, access }: Cluster,
  work: (bus: OnBus) => Promise<T>,
): Promise<T> {
  const connection = await connect(access);
  try {
    const bus = new NatsBus(connection, SILENT);
    const shardMap = new ShardMap(settings.cluster);
    const { heartbeatIntervalMs, nodes, datacentre } = settings.cluster;
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
    const client = new NodeClient(bus, REQUEST_TIMEOUT_MS);
    const relays = () =>
      membership.ofRole('relay').flatMap(({ name, state }) => (state === 'down' ? [] : [name]));
    const result = await work({ observer, client, relays });
    membership.stop();
    return result;
  } finally {
    await connection.close();
  }
}

function connect(access: NatsAccess): Promise<NatsConnection> {
  return connectNats(access, 'operator', SILENT, 'fail');
}
