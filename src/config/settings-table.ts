import {
  boolean,
  bytes,
  choice,
  count,
  duration,
  type Kind,
  nameToken,
  natsUrls,
  networkInterface,
  nodeList,
  port,
  rate,
  text,
} from './kinds.js';

/** One setting: its name in `carbon.conf`, what it may be, what it is when nobody says, and why it is there. */
export interface Setting<T> {
  readonly key: string;
  readonly kind: Kind<T>;
  /** As it would stand in the file. */
  readonly initial: string;
  /** One sentence. */
  readonly help: string;
}

function setting<T>(key: string, kind: Kind<T>, initial: string, help: string): Setting<T> {
  return { key, kind, initial, help };
}

const GIB = 2 ** 30;
const QUEUE_POINTS = 2_000_000;

const metricPrefix = setting(
  'CARBON_METRIC_PREFIX',
  text('a name'),
  'carbon',
  'First part of the names under which carbonbus reports about itself.',
);
const metricInterval = setting(
  'CARBON_METRIC_INTERVAL',
  duration({ min: 0, max: 3600 }),
  '60',
  'How often carbonbus reports about itself; 0 turns the reports off.',
);

/**
 * Every setting, by section of `carbon.conf`. The keys of these objects are the names in `Settings`: the
 * type of the settings is derived from this table, as is `docs/configuration.md`.
 */
export const SETTINGS = {
  cluster: {
    datacentre: setting(
      'DATACENTRE',
      nameToken,
      'dc1',
      'Name of this datacentre; no two that exchange points may have the same.',
    ),
    shardCount: setting(
      'SHARDS',
      count({ min: 1, max: 1024 }),
      '16',
      'Parts of the metric space, each with its log; fixed once the cluster holds points, and the same in every datacentre.',
    ),
    nodes: setting(
      'NODES',
      nodeList,
      'node1:zone1, node2:zone2, node3:zone3',
      'The nodes that hold whisper files, each with its zone; replicas go to different zones first.',
    ),
    replicationFactor: setting(
      'REPLICATION_FACTOR',
      count({ min: 1, max: 16 }),
      '2',
      'On how many nodes each metric is kept.',
    ),
    routerHashType: setting(
      'ROUTER_HASH_TYPE',
      choice(['jump_fnv1a_ch']),
      'jump_fnv1a_ch',
      'Hash that finds the shard of a name; fixed once the cluster holds points, and the same in every datacentre.',
    ),
    epoch: setting(
      'EPOCH',
      count({ min: 1, max: 1_000_000_000 }),
      '1',
      'Version of the placement: raise it by one with each change of NODES or REPLICATION_FACTOR.',
    ),
    heartbeatIntervalMs: setting(
      'HEARTBEAT_INTERVAL',
      duration({ min: 0.05, max: 60 }),
      '1',
      'How often a process says that it lives and how far each of its shards has come.',
    ),
  },
  nats: {
    port: setting(
      'NATS_PORT',
      port(false),
      '4222',
      'Port on the loopback interface of the nats-server that `carbonbus nats` runs.',
    ),
    monitorPort: setting(
      'NATS_MONITOR_PORT',
      port(false),
      '8222',
      'Port on the loopback interface of the monitoring pages of that nats-server.',
    ),
    syncIntervalMs: setting(
      'NATS_SYNC_INTERVAL',
      duration({ min: 0, max: 3600 }),
      '10',
      'How much of what it has acknowledged that nats-server may lose to a power cut; 0 syncs each message. Needs nats-server 2.10: an older one syncs every two minutes.',
    ),
    urls: setting(
      'NATS_URL',
      natsUrls,
      '',
      'Where the other processes find NATS; when empty, `nats://127.0.0.1:` and NATS_PORT.',
    ),
    user: setting('NATS_USER', text('a name', true), '', 'User name at NATS.'),
    password: setting('NATS_PASSWORD', text('a password', true), '', 'Password of NATS_USER.'),
    credentialsFile: setting(
      'NATS_CREDENTIALS',
      text('a file', true),
      '',
      'Credentials file (.creds) for NATS, instead of user and password.',
    ),
    shardLogMaxAgeMs: setting(
      'SHARD_LOG_MAX_AGE',
      duration({ min: 60, max: 31_536_000 }),
      '24h',
      'How long a shard log keeps points: a node may be away for that long without loss.',
    ),
    shardLogMaxBytes: setting(
      'SHARD_LOG_MAX_BYTES',
      bytes({ min: 2 ** 20, max: 1024 * GIB }),
      '1GiB',
      'Largest size of one shard log; there are SHARDS of them.',
    ),
    ingestMaxAgeMs: setting(
      'INGEST_MAX_AGE',
      duration({ min: 60, max: 31_536_000 }),
      '6h',
      'How long the log of points from NATS producers keeps them for the relays.',
    ),
    ingestMaxBytes: setting(
      'INGEST_MAX_BYTES',
      bytes({ min: 2 ** 20, max: 1024 * GIB }),
      '1GiB',
      'Largest size of the log of points from NATS producers.',
    ),
  },
  relay: {
    lineReceiverInterface: setting(
      'LINE_RECEIVER_INTERFACE',
      networkInterface,
      '127.0.0.1',
      'Where the relay listens for lines over TCP.',
    ),
    lineReceiverPort: setting(
      'LINE_RECEIVER_PORT',
      port(true),
      '2003',
      'Port for lines over TCP (`name value timestamp`).',
    ),
    enableUdpListener: setting(
      'ENABLE_UDP_LISTENER',
      boolean,
      'True',
      'Whether the relay takes lines over UDP too; UDP has no back-pressure, so a burst may be lost.',
    ),
    udpReceiverInterface: setting(
      'UDP_RECEIVER_INTERFACE',
      networkInterface,
      '127.0.0.1',
      'Where the relay listens for lines over UDP.',
    ),
    udpReceiverPort: setting('UDP_RECEIVER_PORT', port(true), '2003', 'Port for lines over UDP.'),
    maxReceiverConnections: setting(
      'MAX_RECEIVER_CONNECTIONS',
      count({ min: 1, max: 100_000 }, 10_000),
      '10000',
      'Connections that a relay accepts at a time; more are closed at once and counted.',
    ),
    flushIntervalMs: setting(
      'FLUSH_INTERVAL',
      duration({ min: 0.001, max: 10 }),
      '0.1',
      'How long a point may wait in the relay for more points of its shard.',
    ),
    batchBytes: setting(
      'BATCH_BYTES',
      bytes({ min: 8192, max: 524_288 }),
      '131072',
      'Size at which the relay closes a batch, whatever its age.',
    ),
    windowBytes: setting(
      'WINDOW_BYTES',
      bytes({ min: 65_536, max: GIB }),
      '8MiB',
      'Bytes that a relay may have published without an acknowledgement; beyond that it stops reading its sockets.',
    ),
    carbonMetricPrefix: metricPrefix,
    carbonMetricIntervalMs: metricInterval,
  },
  cache: {
    localDataDir: setting(
      'LOCAL_DATA_DIR',
      text('a folder'),
      'data',
      'Folder of everything that is kept: whisper files under `<node>/shards/<n>/whisper`, the logs under `nats`; a relative one is taken from the working directory.',
    ),
    cacheQueryInterface: setting(
      'CACHE_QUERY_INTERFACE',
      networkInterface,
      '127.0.0.1',
      "Where Carbon's cache query protocol listens.",
    ),
    cacheQueryPort: setting(
      'CACHE_QUERY_PORT',
      port(true),
      '7002',
      "Port of Carbon's cache query protocol (CARBONLINK_HOSTS of graphite-web).",
    ),
    maxCacheSizePoints: setting(
      'MAX_CACHE_SIZE',
      count({ min: 1000, max: 200_000_000 }, QUEUE_POINTS),
      String(QUEUE_POINTS),
      'Points that a node may hold in memory; when it is full, the node reads on from the logs as it writes.',
    ),
    maxCacheBytes: setting(
      'MAX_CACHE_BYTES',
      bytes({ min: 2 ** 20, max: 256 * GIB }),
      '4GiB',
      'Bytes that the points in memory of a node may take (20 for each); the smaller of this and MAX_CACHE_SIZE counts.',
    ),
    cacheWriteStrategy: setting(
      'CACHE_WRITE_STRATEGY',
      choice(['sorted', 'timesorted', 'max', 'naive']),
      'sorted',
      'Order in which the metrics that are due are written: most points first (sorted, max), oldest point first (timesorted), or as they came (naive).',
    ),
    maxUpdatesPerSecond: setting(
      'MAX_UPDATES_PER_SECOND',
      rate,
      'inf',
      'Whisper updates a node makes in a second; what is over waits in memory, and then in the log.',
    ),
    maxUpdatesPerSecondOnShutdown: setting(
      'MAX_UPDATES_PER_SECOND_ON_SHUTDOWN',
      rate,
      'inf',
      'The same while a node stops; what is not written by then is read from the log at the next start.',
    ),
    maxCreatesPerMinute: setting(
      'MAX_CREATES_PER_MINUTE',
      rate,
      'inf',
      'Whisper files a node makes in a minute; the points of further new metrics wait in memory, where they are found and read.',
    ),
    rollUpDelayMs: setting(
      'ROLL_UP_DELAY',
      duration({ min: 0, max: 3600 }),
      '60',
      'How long points that are in the finest archive may wait for their roll-up into the coarser ones while others come in; queries see them rolled up.',
    ),
    checkpointHoldbackMs: setting(
      'CHECKPOINT_HOLDBACK',
      duration({ min: 0, max: 3600 }),
      '40',
      'How long after the writes that it covers a checkpoint is saved, so that the system has brought them to the disk before: what a power cut took from the files is then read from the log again.',
    ),
    fsync: setting(
      'FSYNC',
      boolean,
      'False',
      'Whether the file system is synced before each checkpoint instead of relying on CHECKPOINT_HOLDBACK.',
    ),
    writeDelayMs: setting(
      'WRITE_DELAY',
      duration({ min: 0, max: 3600 }),
      '10',
      'How long a point may wait in memory for more points of its metric; it is readable meanwhile, and safe in the log.',
    ),
    checkpointIntervalMs: setting(
      'CHECKPOINT_INTERVAL',
      duration({ min: 0.01, max: 300 }),
      '1',
      'How often a shard saves how far its log is on disk; a restart repeats at most that much.',
    ),
    whisperSparseCreate: setting(
      'WHISPER_SPARSE_CREATE',
      boolean,
      'False',
      'Whether new whisper files are sparse: created faster, and taking space as they fill.',
    ),
    schemaReloadIntervalMs: setting(
      'SCHEMA_RELOAD_INTERVAL',
      duration({ min: 0.1, max: 86_400 }),
      '60',
      'How often a node looks whether `storage-schemas.conf` or `storage-aggregation.conf` was edited; new files follow the edit.',
    ),
    enableTags: setting(
      'ENABLE_TAGS',
      boolean,
      'True',
      'Whether `name;tag=value` is a tagged metric, stored under its normal form.',
    ),
    tagHashFilenames: setting(
      'TAG_HASH_FILENAMES',
      boolean,
      'True',
      'Whether the file of a tagged metric is named by a hash of its name, as Graphite does.',
    ),
    carbonMetricPrefix: metricPrefix,
    carbonMetricIntervalMs: metricInterval,
  },
  api: {
    httpInterface: setting(
      'HTTP_INTERFACE',
      networkInterface,
      '127.0.0.1',
      'Where the HTTP interface listens.',
    ),
    httpPort: setting(
      'HTTP_PORT',
      port(false),
      '8080',
      'Port of the HTTP interface: render, find, cluster state, health and Prometheus metrics.',
    ),
    renderMaxSeries: setting(
      'RENDER_MAX_SERIES',
      count({ min: 1, max: 1_000_000 }),
      '10000',
      'Series that one render request may read.',
    ),
    renderMaxPoints: setting(
      'RENDER_MAX_POINTS',
      count({ min: 1, max: 1_000_000_000 }),
      '20000000',
      'Points that one render request may read, over all its series.',
    ),
    carbonMetricPrefix: metricPrefix,
    carbonMetricIntervalMs: metricInterval,
  },
} as const satisfies Record<string, Record<string, Setting<unknown>>>;

export type SectionName = keyof typeof SETTINGS;

/** What each section is about, for the documentation. */
export const SECTION_HELP: Record<SectionName, string> = {
  cluster: 'The cluster as a whole. Every process of a datacentre must read the same values.',
  nats: 'NATS and the logs in it.',
  relay: 'The relay: takes points in and publishes them to the shard logs.',
  cache: "A node: the points in memory and the whisper files (Carbon's cache).",
  api: 'The query side.',
};

type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** The settings of a process: read once, frozen, and passed on by parts. */
export type Settings = {
  readonly [S in SectionName]: {
    readonly [F in keyof (typeof SETTINGS)[S]]: ValueOf<(typeof SETTINGS)[S][F]>;
  };
};
