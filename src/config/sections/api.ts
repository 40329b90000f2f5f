import { boolean, bytes, choices, count, duration, text } from '../kinds.js';
import { networkInterface, originList, port } from '../network-kinds.js';
import { readTokenList } from '../read-tokens.js';
import { SELF_REPORT } from './self-report.js';
import { setting } from './setting.js';

/** The query side. */
export const API = {
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
    'Series that one render request may read, and that its answer may have.',
  ),
  renderMaxPoints: setting(
    'RENDER_MAX_POINTS',
    count({ min: 1, max: 1_000_000_000 }),
    '20000000',
    'Points that one render request may read, over all its series.',
  ),
  renderMaxBytes: setting(
    'RENDER_MAX_BYTES',
    bytes({ min: 2 ** 20, max: 2 ** 36 }),
    '512MiB',
    'Bytes of points (8 each) that one render request may hold at a time: those that it has read, and what its functions have made of them.',
  ),
  renderMaxCalls: setting(
    'RENDER_MAX_CALLS',
    count({ min: 1, max: 10_000_000 }),
    '10000',
    'Calls of functions that one render request may make; one that needs points of another time counts again.',
  ),
  renderTimeoutMs: setting(
    'RENDER_TIMEOUT',
    duration({ min: 0.1, max: 3600 }),
    '30',
    'Seconds after the start of a render request in which its functions may begin to work.',
  ),
  enforceInputValidation: setting(
    'ENFORCE_INPUT_VALIDATION',
    boolean,
    'False',
    'Refuse arguments of functions that are not of the declared type, as graphite-web does with this setting.',
  ),
  failOnPartial: setting(
    'STORE_FAIL_ON_ERROR',
    boolean,
    'False',
    'Answer with status 503 where a shard has not answered, instead of with what the others say; a request may say `requireComplete=1` or `0`.',
  ),
  readRepair: setting(
    'READ_REPAIR',
    boolean,
    'True',
    'Have a replica compare a metric with its peers where a read has seen that they differ.',
  ),
  corsOrigins: setting(
    'HTTP_CORS_ORIGINS',
    originList,
    '',
    'Whose web pages may read answers, such as `https://grafana.example.org`, separated by commas; `*` for all, none by default.',
  ),
  compression: setting(
    'HTTP_COMPRESSION',
    boolean,
    'True',
    'Whether answers of a kilobyte and more are compressed for clients that ask for it (gzip, deflate).',
  ),
  readTokens: setting(
    'HTTP_READ_TOKENS',
    readTokenList,
    '',
    'Who may read what over HTTP, by `Authorization: Bearer`: `token:servers.|app., other:*`. Everybody may read all by default.',
  ),
  trustedProxies: setting(
    'HTTP_TRUSTED_PROXIES',
    text('addresses and networks, with commas between', true),
    '',
    'Proxies whose `X-Forwarded-For` says who asks, such as `127.0.0.1, 10.0.0.0/8`; nobody is believed by default.',
  ),
  requestsPerSecondMax: setting(
    'HTTP_CLIENT_REQUESTS_PER_SECOND',
    count({ min: 0, max: 1_000_000 }),
    '0',
    'Requests that one client (its address) may make in a second; more are answered with status 429. 0: any number.',
  ),
  slowRequestMs: setting(
    'HTTP_SLOW_REQUEST',
    duration({ min: 0, max: 3600 }),
    '5',
    'Seconds from which on a request is logged as slow, with what was asked and by whom. 0: none is.',
  ),
  requestLog: setting('HTTP_REQUEST_LOG', boolean, 'False', 'Whether every request is logged.'),
  renderCacheMs: setting(
    'DEFAULT_CACHE_DURATION',
    duration({ min: 0, max: 86_400 }),
    '0',
    'Seconds for which an answer of `/render` may be told again, unless the request says otherwise (`cacheTimeout`, `noCache`). 0: points show at once.',
  ),
  findCacheMs: setting(
    'FIND_CACHE_DURATION',
    duration({ min: 0, max: 86_400 }),
    '0',
    'Seconds for which an answer to a find may be told again, and what a pattern of `/render` matches. 0: new metrics show at once.',
  ),
  cacheBytesMax: setting(
    'RESULT_CACHE_BYTES',
    bytes({ min: 2 ** 20, max: 2 ** 36 }),
    '64MiB',
    'Answers that are remembered to be told again, all together; a quarter of it is for what patterns match.',
  ),
  tls: setting(
    'API_TLS',
    choices(['http', 'cache-query']),
    '',
    'Ports of the api that speak TLS, and nothing else: HTTP_PORT, CACHE_QUERY_PORT.',
  ),
  tlsCertificate: setting(
    'API_TLS_CERTIFICATE',
    text('a path', true),
    '',
    'PEM file with the certificate of those ports, and what leads to its CA.',
  ),
  tlsKey: setting(
    'API_TLS_KEY',
    text('a path', true),
    '',
    'PEM file with the private key of that certificate.',
  ),
  tlsClientCa: setting(
    'API_TLS_CLIENT_CA',
    text('a path', true),
    '',
    'PEM file with the CAs of clients: with it, only clients with a certificate of one of them are let in.',
  ),
  ...SELF_REPORT,
} as const;
