import { bytes, duration } from '../kinds.js';
import { natsUrls, networkInterface, port } from '../network-kinds.js';
import { NATS_ACCESS } from './nats-access.js';
import { NATS_LINKS } from './nats-links.js';
import { setting } from './setting.js';

const GIB = 2 ** 30;

/** NATS and the logs in it. */
export const NATS = {
  interface: setting(
    'NATS_INTERFACE',
    networkInterface,
    '127.0.0.1',
    'Where the nats-server that `carbonbus nats` runs listens.',
  ),
  port: setting(
    'NATS_PORT',
    port(false),
    '4222',
    'Port of the nats-server that `carbonbus nats` runs.',
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
  ...NATS_ACCESS,
  ...NATS_LINKS,
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
} as const;
