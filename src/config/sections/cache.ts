import { boolean, bytes, choice, count, duration, folder, rate } from '../kinds.js';
import { networkInterface, port } from '../network-kinds.js';
import { namePrefixes } from '../read-tokens.js';
import { SELF_REPORT } from './self-report.js';
import { setting } from './setting.js';

const GIB = 2 ** 30;
const QUEUE_POINTS = 2_000_000;

/** A node: the points in memory and the whisper files (Carbon's cache). */
export const CACHE = {
  localDataDir: setting(
    'LOCAL_DATA_DIR',
    folder,
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
  cacheQueryNames: setting(
    'CACHE_QUERY_NAMES',
    namePrefixes,
    '*',
    'The names that cache queries may be about, as their protocol knows no tokens: `servers.|app.`, or all. Only with all may it change headers.',
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
    'Bytes that the points in memory of a node may take (21 for each); the smaller of this and MAX_CACHE_SIZE counts.',
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
  maxReplays: setting(
    'MAX_REPLAYS',
    count({ min: 1, max: 1024 }),
    '4',
    'Replicas of a node that read a backlog of their logs at the same time; the others wait for their turn, and the logs keep what they wait for.',
  ),
  maxReplayBytesPerSecond: setting(
    'MAX_REPLAY_BYTES_PER_SECOND',
    rate,
    'inf',
    'Bytes of backlogs that a node reads in a second, all its replicas together; a point takes 16 and its name.',
  ),
  replayLagLimit: setting(
    'REPLAY_LAG_LIMIT',
    count({ min: 0, max: 64 }),
    '16',
    'Log messages: while a replica that is live has more before it, the replays of its node slow down to a few messages a second.',
  ),
  rollUpDelayMs: setting(
    'ROLL_UP_DELAY',
    duration({ min: 0, max: 3600 }),
    '900',
    'How long points that are in the finest archive may wait for their roll-up into the second one while others come in, and four times as long besides into the next ones; queries see them rolled up, and a crash reads that much of the log again.',
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
  repairIntervalMs: setting(
    'REPAIR_INTERVAL',
    duration({ min: 0, max: 31_536_000 }),
    '24h',
    'How often each replica is compared with its peers although it knows of no gap; 0: never. The comparisons of a node are spread over it.',
  ),
  repairBytesPerSecond: setting(
    'REPAIR_RATE',
    bytes({ min: 64 * 1024, max: 16 * GIB }),
    '16MiB',
    'Bytes of whisper files that a node compares with its peers, and copies from them, in a second.',
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
  ...SELF_REPORT,
} as const;
