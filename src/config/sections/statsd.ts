import { count, duration, percentiles, text } from '../kinds.js';
import { networkInterface, port } from '../network-kinds.js';
import { setting } from './setting.js';

/** Statsd within the relay. */
export const STATSD = {
  statsdInterface: setting(
    'STATSD_INTERFACE',
    networkInterface,
    '127.0.0.1',
    'Where the relay listens for statsd samples.',
  ),
  statsdPort: setting(
    'STATSD_PORT',
    port(true),
    '0',
    "Port for statsd samples, over UDP and TCP (statsd's own is 8125).",
  ),
  statsdFlushIntervalMs: setting(
    'STATSD_FLUSH_INTERVAL',
    duration({ min: 0.1, max: 3600 }),
    '10',
    'How often samples become points.',
  ),
  statsdPrefix: setting(
    'STATSD_PREFIX',
    text('a name'),
    'stats',
    'What the names of those points begin with.',
  ),
  statsdPercentiles: setting(
    'STATSD_PERCENTILES',
    percentiles,
    '90',
    'Percentiles of timers; a negative one is of the largest values.',
  ),
  statsdMaxNames: setting(
    'STATSD_MAX_NAMES',
    count({ min: 1, max: 10_000_000 }),
    '100000',
    'Counters, timers, gauges and sets that are kept; samples of further names are refused.',
  ),
  statsdIdleMs: setting(
    'STATSD_IDLE_TIMEOUT',
    duration({ min: 1, max: 31_536_000 }),
    '1h',
    'How long a name without samples is reported on (0, or the last value of a gauge) before it is forgotten.',
  ),
} as const;
