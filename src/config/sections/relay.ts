import { bytes, duration } from '../kinds.js';
import { DESTINATIONS } from './destinations.js';
import { POINT_RULES } from './point-rules.js';
import { RECEIVERS } from './receivers.js';
import { SELF_REPORT } from './self-report.js';
import { setting } from './setting.js';
import { STATSD } from './statsd.js';

const [KIB, GIB] = [2 ** 10, 2 ** 30];

/** The relay: takes points in and publishes them to the shard logs. */
export const RELAY = {
  ...RECEIVERS,
  ...STATSD,
  flushIntervalMs: setting(
    'FLUSH_INTERVAL',
    duration({ min: 0.001, max: 10 }),
    '0.1',
    'How long a point may wait in the relay for more points of its shard.',
  ),
  batchBytes: setting(
    'BATCH_BYTES',
    bytes({ min: 8192, max: 960 * KIB }),
    '896KiB',
    'What a batch takes at most: the relay closes it then, whatever its age. Mostly a message is a small part of that, but nats-server must take one of that size (`max_payload`).',
  ),
  windowBytes: setting(
    'WINDOW_BYTES',
    bytes({ min: 65_536, max: GIB }),
    '8MiB',
    'Bytes that a relay may have published without an acknowledgement; beyond that it stops reading its sockets.',
  ),
  ...POINT_RULES,
  ...DESTINATIONS,
  ...SELF_REPORT,
} as const;
