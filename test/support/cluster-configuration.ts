import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkNamespace } from './linked-namespaces.js';

export interface ClusterOptions {
  cluster?: string[];
  /** Those that are started, when they are not all of `NODES`. */
  nodes?: readonly string[];
  /** Roles that are started, when not all are; nobody waits until they serve. */
  roles?: readonly string[];
  /** Servers of NATS: `nats1` and so on, as a cluster with three copies of each log; one when it is not said. */
  natsServers?: readonly string[];
  /** `retentions` of every metric. */
  retentions?: string;
  /** Further lines for sections of carbon.conf. */
  cache?: string[];
  relay?: string[] | ((folder: string) => string[]);
  nats?: string[];
  /** Relay, nodes and api reach NATS by `links`, which can be cut. */
  linked?: boolean;
  /** All processes run in this network. */
  namespace?: NetworkNamespace | undefined;
  /** Called with the data folder before anything is started. */
  prepare?: (dataFolder: string) => void;
}

export interface Ports {
  nats: number;
  monitor: number;
  line: number;
  pickle: number;
  protobuf: number;
  post: number;
  http: number;
  cacheQuery: number;
}

/** Writes what a cluster under test is told: `carbon.conf` and the storage files. */
export function writeConfiguration(
  { folder, ports, host }: { folder: string; ports: Ports; host: string },
  options: ClusterOptions,
  natsSections: readonly string[],
): void {
  const config = join(folder, 'config');
  mkdirSync(config);
  const { relay: given = [] } = options;
  const relay = typeof given === 'function' ? given(folder) : given;
  const carbon = [
    '[cluster]',
    'HEARTBEAT_INTERVAL = 0.5',
    ...(options.cluster ?? []),
    '[nats]',
    `NATS_PORT = ${ports.nats}`,
    `NATS_MONITOR_PORT = ${ports.monitor}`,
    ...(options.namespace ? ['NATS_INTERFACE = 0.0.0.0'] : []),
    // Who does not find the server at its own port does not take the passwords that it has made.
    ...(options.linked ? ['NATS_USER = cluster', 'NATS_PASSWORD = secret'] : []),
    ...(options.nats?.some((line) => line.startsWith('SHARD_LOG_MAX_BYTES'))
      ? []
      : ['SHARD_LOG_MAX_BYTES = 256MiB']),
    ...(options.nats ?? []),
    '[relay]',
    `LINE_RECEIVER_PORT = ${ports.line}`,
    `UDP_RECEIVER_PORT = ${ports.line}`,
    `PICKLE_RECEIVER_PORT = ${ports.pickle}`,
    `PROTOBUF_RECEIVER_PORT = ${ports.protobuf}`,
    `HTTP_RECEIVER_PORT = ${ports.post}`,
    ...relay,
    '[cache]',
    `LOCAL_DATA_DIR = ${join(folder, 'data')}`,
    `CACHE_QUERY_PORT = ${ports.cacheQuery}`,
    'WHISPER_SPARSE_CREATE = True',
    'ROLL_UP_DELAY = 1',
    ...(options.cache ?? []),
    '[api]',
    `HTTP_INTERFACE = ${host}`,
    `HTTP_PORT = ${ports.http}`,
    ...natsSections,
  ];
  writeFileSync(join(config, 'carbon.conf'), `${carbon.join('\n')}\n`);
  const retentions = options.retentions ?? '10s:6h,1m:7d';
  writeFileSync(
    join(config, 'storage-schemas.conf'),
    `[all]\npattern = .*\nretentions = ${retentions}\n`,
  );
  writeFileSync(join(config, 'storage-aggregation.conf'), '');
}
