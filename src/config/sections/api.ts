import { boolean, count, duration, networkInterface, originList, port } from '../kinds.js';
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
    'Series that one render request may read.',
  ),
  renderMaxPoints: setting(
    'RENDER_MAX_POINTS',
    count({ min: 1, max: 1_000_000_000 }),
    '20000000',
    'Points that one render request may read, over all its series.',
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
  ...SELF_REPORT,
} as const;
