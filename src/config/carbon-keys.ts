/*
 * Settings of Carbon 1.1 that carbonbus does not read, so that whoever brings a `carbon.conf` along is told which of
 * its lines have no effect, why, and what to do instead. A key that gets a meaning here leaves this list.
 */

interface KeysNotRead {
  /** Completes "has no effect: ...": why, and what to do. */
  readonly reason: string;
  readonly keys: readonly string[];
}

const KEYS_NOT_READ: readonly KeysNotRead[] = [
  {
    reason:
      'LOCAL_DATA_DIR alone says where files are kept, each node in a folder of its own below it; whisper files that lie there already are not read',
    keys: ['STORAGE_DIR'],
  },
  {
    reason: 'the files beside carbon.conf are read; --config names their folder',
    keys: ['CONF_DIR', 'WHITELISTS_DIR'],
  },
  {
    reason:
      'a role logs to its standard output (LOG_LEVEL in the environment chooses how much) and needs no pid file',
    keys: [
      'LOG_DIR',
      'PID_DIR',
      'ENABLE_LOGROTATION',
      'LOG_UPDATES',
      'LOG_CREATES',
      'LOG_CACHE_HITS',
      'LOG_CACHE_QUEUE_SORTS',
      'LOG_LISTENER_CONN_SUCCESS',
      'LOG_LISTENER_CONN_LOST',
      'LOG_AGGREGATOR_MISSES',
      'RAVEN_DSN',
    ],
  },
  { reason: 'a role runs as whoever starts it: start it as that user', keys: ['USER'] },
  {
    reason:
      'there is no manhole; `carbonbus status`, `lookup`, `query` and `tail` look into a running cluster',
    keys: [
      'ENABLE_MANHOLE',
      'MANHOLE_INTERFACE',
      'MANHOLE_PORT',
      'MANHOLE_USER',
      'MANHOLE_PUBLIC_KEY',
      'MANHOLE_HOST_KEY_DIR',
    ],
  },
  {
    reason:
      'how many connections may wait to be accepted is left to the system (net.core.somaxconn)',
    keys: ['CACHE_QUERY_BACKLOG'],
  },
  {
    reason: 'pickles are read by a decoder that can only make data; there is no other',
    keys: ['USE_INSECURE_UNPICKLER'],
  },
  {
    reason:
      "Node sets only the first of the kernel's three times (TCP_KEEPIDLE); the others are the system's (net.ipv4.tcp_keepalive_intvl and _probes)",
    keys: ['TCP_KEEPINTVL', 'TCP_KEEPCNT'],
  },
  {
    reason: 'there is no AMQP; publish to NATS below metrics.ingest. instead, which acknowledges',
    keys: [
      'ENABLE_AMQP',
      'AMQP_VERBOSE',
      'AMQP_SPEC',
      'AMQP_HOST',
      'AMQP_PORT',
      'AMQP_VHOST',
      'AMQP_USER',
      'AMQP_PASSWORD',
      'AMQP_EXCHANGE',
      'AMQP_METRIC_NAME_IN_BODY',
      'BIND_PATTERNS',
    ],
  },
  {
    reason: 'files are always whisper files',
    keys: [
      'DATABASE',
      'CERES_MAX_SLICE_GAP',
      'CERES_NODE_CACHING_BEHAVIOR',
      'CERES_SLICE_CACHING_BEHAVIOR',
      'CERES_LOCK_WRITES',
    ],
  },
  {
    reason: 'WRITE_DELAY says how long a point waits for others of its metric',
    keys: ['MIN_TIMESTAMP_LAG'],
  },
  {
    reason:
      'a full memory costs no point: the node reads on from the logs as it writes (MAX_CACHE_SIZE)',
    keys: ['CACHE_SIZE_LOW_WATERMARK', 'CACHE_SIZE_HARD_MAX'],
  },
  {
    reason:
      'the log keeps points safe until they are in files (CHECKPOINT_HOLDBACK, FSYNC), and a node alone writes its files',
    keys: ['WHISPER_AUTOFLUSH', 'WHISPER_LOCK_WRITES'],
  },
  {
    reason: 'new files are written out in full unless WHISPER_SPARSE_CREATE is True',
    keys: ['WHISPER_FALLOCATE_CREATE'],
  },
  {
    reason: 'how files are read ahead is left to the system',
    keys: ['WHISPER_FADVISE_RANDOM'],
  },
  {
    reason: 'nodes index their tagged series themselves; no graphite-web is told of them',
    keys: ['GRAPHITE_URL', 'TAG_UPDATE_INTERVAL', 'TAG_QUEUE_SIZE', 'TAG_BATCH_SIZE'],
  },
  {
    reason: 'tagged names are always normalised (ENABLE_TAGS)',
    keys: ['TAG_RELAY_NORMALIZED'],
  },
  {
    reason: 'names are not cached by a relay',
    keys: ['RELAY_CACHE_METRICS', 'CACHE_METRIC_NAMES_MAX', 'CACHE_METRIC_NAMES_TTL'],
  },
  {
    reason:
      'a destination that is away keeps its points, in the log; RELAY_METHOD = any_of or failover sends them elsewhere',
    keys: ['DYNAMIC_ROUTER', 'DYNAMIC_ROUTER_MAX_RETRIES'],
  },
  {
    reason: 'relay-rules.conf is read, beside carbon.conf',
    keys: ['RELAY_RULES'],
  },
  {
    reason:
      'one connection to each destination carries all; RELAY_METHOD = any_of shares points among equals',
    keys: ['DESTINATION_POOL_REPLICAS', 'DESTINATIONS_POOL_REPLICAS'],
  },
  {
    reason:
      'nothing is dropped for a full queue: MAX_QUEUE_SIZE alone bounds it, the log has the rest',
    keys: ['MAX_QUEUE_SIZE_HARD_PCT'],
  },
  {
    reason:
      'a slow destination is not reset: it takes what it can, and reads the rest from the log',
    keys: ['USE_RATIO_RESET', 'MIN_RESET_STAT_FLOW', 'MIN_RESET_RATIO', 'MIN_RESET_INTERVAL'],
  },
  { reason: 'rewrite-rules.conf is read from the folder of carbon.conf', keys: ['REWRITE_RULES'] },
  {
    reason: 'there is no aggregator yet',
    keys: ['AGGREGATION_RULES', 'FORWARD_ALL', 'MAX_AGGREGATION_INTERVALS', 'WRITE_BACK_FREQUENCY'],
  },
];

const REASONS: ReadonlyMap<string, string> = new Map(
  KEYS_NOT_READ.flatMap(({ reason, keys }) => keys.map((key) => [key, reason] as const)),
);

/** Every setting of Carbon's that has no effect here. */
export const CARBON_KEYS_NOT_READ: readonly string[] = [...REASONS.keys()];

/** Why a setting of Carbon's has no effect here, and what to do; undefined for any other key. */
export function whyNotRead(key: string): string | undefined {
  return REASONS.get(key);
}

const RECEIVER_KEY =
  /^((LINE|UDP|PICKLE|PROTOBUF)_RECEIVER_.*|ENABLE_UDP_LISTENER|MAX_RECEIVER_CONNECTIONS|METRIC_CLIENT_IDLE_TIMEOUT|TCP_KEEP.*|USE_FLOW_CONTROL|USE_WHITELIST|MIN_TIMESTAMP_RESOLUTION)$/;

/** True for a setting by which Carbon's caches take points in themselves; here the relay does that. */
export function isReceiverKey(key: string): boolean {
  return RECEIVER_KEY.test(key);
}
