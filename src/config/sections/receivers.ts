import { boolean, bytes, choices, count, duration, fileMode, optional, text } from '../kinds.js';
import { networkInterface, port } from '../network-kinds.js';
import { setting } from './setting.js';

const MIB = 2 ** 20;
const backlog = count({ min: 1, max: 65_535 });

/** Where the relay listens, and what it allows its senders. */
export const RECEIVERS = {
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
  lineReceiverBacklog: setting(
    'LINE_RECEIVER_BACKLOG',
    backlog,
    '1024',
    'Connections to the line port that the kernel holds until the relay takes them.',
  ),
  lineReceiverSocket: setting(
    'LINE_RECEIVER_SOCKET',
    text('a path', true),
    '',
    'Path of a Unix socket on which the relay listens for lines too; a socket that is left over from before is removed.',
  ),
  lineReceiverSocketMode: setting(
    'LINE_RECEIVER_SOCKET_MODE',
    fileMode,
    '0660',
    'Permissions of the Unix socket: who may write to it may send.',
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
  pickleReceiverInterface: setting(
    'PICKLE_RECEIVER_INTERFACE',
    networkInterface,
    '127.0.0.1',
    "Where the relay listens for Carbon's pickle protocol.",
  ),
  pickleReceiverPort: setting(
    'PICKLE_RECEIVER_PORT',
    port(true),
    '2004',
    "Port for Carbon's pickle protocol; only data is read from a pickle, whatever it holds.",
  ),
  pickleReceiverBacklog: setting(
    'PICKLE_RECEIVER_BACKLOG',
    backlog,
    '1024',
    'As LINE_RECEIVER_BACKLOG, for the pickle port.',
  ),
  pickleReceiverMaxLength: setting(
    'PICKLE_RECEIVER_MAX_LENGTH',
    bytes({ min: 1024, max: 64 * MIB }),
    '1MiB',
    'Size of a pickle frame above which its connection is closed.',
  ),
  protobufReceiverInterface: setting(
    'PROTOBUF_RECEIVER_INTERFACE',
    networkInterface,
    '127.0.0.1',
    "Where the relay listens for Carbon's protobuf protocol.",
  ),
  protobufReceiverPort: setting(
    'PROTOBUF_RECEIVER_PORT',
    port(true),
    '2005',
    "Port for Carbon's protobuf protocol (frames of at most 1 MiB).",
  ),
  protobufReceiverBacklog: setting(
    'PROTOBUF_RECEIVER_BACKLOG',
    backlog,
    '1024',
    'As LINE_RECEIVER_BACKLOG, for the protobuf port.',
  ),
  httpReceiverInterface: setting(
    'HTTP_RECEIVER_INTERFACE',
    networkInterface,
    '127.0.0.1',
    'Where the relay listens for points over HTTP.',
  ),
  httpReceiverPort: setting(
    'HTTP_RECEIVER_PORT',
    port(true),
    '2007',
    'Port for `POST /` with lines, protobuf, pickle or msgpack, answered when the shard logs have the points.',
  ),
  httpReceiverMaxBytes: setting(
    'HTTP_RECEIVER_MAX_BYTES',
    bytes({ min: 1024, max: 64 * MIB }),
    '8MiB',
    'Size of a body, also after it was unpacked, above which a request is refused.',
  ),
  maxReceiverConnections: setting(
    'MAX_RECEIVER_CONNECTIONS',
    count({ min: 1, max: 100_000 }, 10_000),
    '10000',
    'Connections that a relay accepts at a time, on all ports together; more are closed at once and counted.',
  ),
  metricClientIdleTimeoutMs: setting(
    'METRIC_CLIENT_IDLE_TIMEOUT',
    optional(duration({ min: 1, max: 604_800 }), 0),
    'None',
    'How long a connection may be silent before it is closed; one that the relay made wait is not silent.',
  ),
  tcpKeepalive: setting(
    'TCP_KEEPALIVE',
    boolean,
    'True',
    'Whether the kernel finds out about senders that are gone without a word.',
  ),
  tcpKeepidleMs: setting(
    'TCP_KEEPIDLE',
    duration({ min: 1, max: 32_767 }),
    '10',
    "Silence after which the kernel asks; how often and how many times it asks is the system's (`net.ipv4.tcp_keepalive_*`).",
  ),
  useFlowControl: setting(
    'USE_FLOW_CONTROL',
    boolean,
    'True',
    'Whether senders are made to wait while the window is full; otherwise their points are dropped then, and counted.',
  ),
  receiverTls: setting(
    'RECEIVER_TLS',
    choices(['line', 'pickle', 'protobuf', 'http', 'statsd']),
    '',
    'TCP ports that speak TLS, and nothing else.',
  ),
  receiverTlsCertificate: setting(
    'RECEIVER_TLS_CERTIFICATE',
    text('a path', true),
    '',
    'PEM file with the certificate of those ports, and what leads to its CA.',
  ),
  receiverTlsKey: setting(
    'RECEIVER_TLS_KEY',
    text('a path', true),
    '',
    'PEM file with the private key of that certificate.',
  ),
  receiverTlsClientCa: setting(
    'RECEIVER_TLS_CLIENT_CA',
    text('a path', true),
    '',
    'PEM file with the CAs of clients: with it, only senders with a certificate of one of them are let in.',
  ),
} as const;
