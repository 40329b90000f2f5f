import { boolean, bytes, count, duration, networkInterface, port } from '../kinds.js';
import { SELF_REPORT } from './self-report.js';
import { setting } from './setting.js';

const GIB = 2 ** 30;

/** The relay: takes points in and publishes them to the shard logs. */
export const RELAY = {
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
  ...SELF_REPORT,
} as const;
