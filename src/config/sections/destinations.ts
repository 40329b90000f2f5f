import { type Destination, destinationText, parseDestinations } from '../destination.js';
import { boolean, bytes, choice, count, duration, type Kind, rate, text } from '../kinds.js';
import { setting } from './setting.js';

const GIB = 2 ** 30;
const PORT_MAX = 65_535;

/** `host:port:instance, ...`, as carbon reads it; none when it is empty. */
const destinationList: Kind<readonly Destination[]> = {
  description: 'host:port or host:port:instance, ..., or empty',
  parse: (value) => {
    try {
      const destinations = value === '' ? [] : parseDestinations(value);
      // Carbon takes any number, and dials in vain for ever.
      const odd = destinations.find(({ port }) => port < 1 || port > PORT_MAX);
      if (odd === undefined) return { value: Object.freeze(destinations) };
      return { reason: `a list of ports from 1 to ${PORT_MAX} (${destinationText(odd)} has none)` };
    } catch {
      return { reason: 'a list such as 10.0.0.1:2003:a, 10.0.0.2:2003:b' };
    }
  },
};

/** A part of a whole, 0 to 1, not 0. */
const share: Kind<number> = {
  description: 'a number above 0, up to 1',
  parse: (value) => {
    const number = /^\d*\.?\d+$/.test(value) ? Number(value) : Number.NaN;
    return number > 0 && number <= 1 ? { value: number } : { reason: 'a number above 0, up to 1' };
  },
};

/** How points are shared among the destinations: Carbon's relay methods, then carbon-c-relay's types of clusters. */
const METHODS = [
  'consistent-hashing',
  'fast-hashing',
  'aggregated-consistent-hashing',
  'fast-aggregated-hashing',
  'rules',
  'carbon_ch',
  'fnv1a_ch',
  'jump_fnv1a_ch',
  'any_of',
  'failover',
  'forward',
] as const;

export type RelayMethod = (typeof METHODS)[number];

/** The legacy side: carbon daemons that a forwarder brings points to. Part of the section of the relay, as in Carbon. */
export const DESTINATIONS = {
  destinations: setting(
    'DESTINATIONS',
    destinationList,
    '',
    'Carbon daemons, `host:port:instance`, to which the role `forwarder` sends what all relays take; `carbonbus forwarder` runs it.',
  ),
  destinationProtocol: setting(
    'DESTINATION_PROTOCOL',
    choice(['pickle', 'line', 'protobuf']),
    'pickle',
    'What the destinations are sent: pickle to the pickle port of a carbon daemon, line to its line port or to carbon-c-relay.',
  ),
  destinationTransport: setting(
    'DESTINATION_TRANSPORT',
    choice(['none', 'ssl', 'udp']),
    'none',
    'How destinations are reached: TCP (none), TLS over TCP (ssl), or UDP, by which nobody is told what they do not take.',
  ),
  destinationSslCa: setting(
    'DESTINATION_SSL_CA',
    text('a file', true),
    '',
    "Certificate of the authority that signs those of the destinations; without it the system's count.",
  ),
  destinationSslCertificate: setting(
    'DESTINATION_SSL_CERTIFICATE',
    text('a file', true),
    '',
    'Certificate that the forwarder shows to destinations which ask for one, and what leads to its CA.',
  ),
  destinationSslKey: setting(
    'DESTINATION_SSL_KEY',
    text('a file', true),
    '',
    'Private key of DESTINATION_SSL_CERTIFICATE.',
  ),
  relayMethod: setting(
    'RELAY_METHOD',
    choice(METHODS),
    'rules',
    "How points are shared among DESTINATIONS: Carbon's methods, or carbon-c-relay's types of clusters (forward: all to all), each bit-exact.",
  ),
  replicationFactor: setting(
    'REPLICATION_FACTOR',
    count({ min: 1, max: 64 }),
    '1',
    'To how many of DESTINATIONS a point is sent. It has nothing to do with REPLICATION_FACTOR of [cluster], which says how many nodes keep it.',
  ),
  diverseReplicas: setting(
    'DIVERSE_REPLICAS',
    boolean,
    'True',
    'Whether the destinations of a point are on different hosts.',
  ),
  routerHashType: setting(
    'ROUTER_HASH_TYPE',
    choice(['default', 'carbon_ch', 'fnv1a_ch', 'mmh3_ch', 'jump_fnv1a_ch']),
    'default',
    "Hash of the relay methods with `hashing` in their names; `default` is Carbon's: carbon_ch, but mmh3_ch for the fast ones.",
  ),
  maxDatapointsPerMessage: setting(
    'MAX_DATAPOINTS_PER_MESSAGE',
    count({ min: 1, max: 100_000 }),
    '500',
    'Points of one pickle or protobuf message; lines are sent by 64 KiB.',
  ),
  maxQueueSize: setting(
    'MAX_QUEUE_SIZE',
    count({ min: 1, max: 10_000_000 }),
    '10000',
    'Points in memory on their way to one destination; the log keeps all others.',
  ),
  queueLowWatermark: setting(
    'QUEUE_LOW_WATERMARK_PCT',
    share,
    '0.8',
    'Share of MAX_QUEUE_SIZE at which a destination that was full gets points again.',
  ),
  deferMs: setting(
    'TIME_TO_DEFER_SENDING',
    duration({ min: 0, max: 10 }),
    '0.01',
    'How long a point may wait for others of its destination, once it is read from the log.',
  ),
  replayRate: setting(
    'REPLAY_RATE',
    rate,
    '200000',
    'Points a second at which a destination that was away is caught up; it has to be above what comes in.',
  ),
  replayOrder: setting(
    'REPLAY_ORDER',
    choice(['oldest-first', 'newest-first']),
    'oldest-first',
    'What a destination that was away gets first; with newest-first, old points come after new ones.',
  ),
  holdbackMs: setting(
    'DESTINATION_HOLDBACK',
    duration({ min: 0, max: 86_400 }),
    '60',
    'How long a destination is not believed to have what it was sent, since its protocols acknowledge nothing: after a lost connection that is sent again.',
  ),
  holdbackBytes: setting(
    'DESTINATION_HOLDBACK_BYTES',
    bytes({ min: 0, max: GIB }),
    '8MiB',
    'How many bytes more have to be sent before a destination is believed to have it: what the buffers of a connection hold.',
  ),
} as const;
