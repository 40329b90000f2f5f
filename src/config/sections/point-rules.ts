import { boolean, count, duration, nameCharacters } from '../kinds.js';
import { setting } from './setting.js';

const CENTURY_S = 3_153_600_000;

/** What a relay does with points besides routing them, and which it refuses. */
export const POINT_RULES = {
  useWhitelist: setting(
    'USE_WHITELIST',
    boolean,
    'False',
    'Whether the relay keeps metrics out by `blacklist.conf` and `whitelist.conf`.',
  ),
  nameCleansing: setting(
    'NAME_CLEANSING',
    boolean,
    'False',
    'Whether names are cleansed as carbon-c-relay does: dots that are too many are dropped, other characters than letters, digits, dots and NAME_CHARACTERS become `_`.',
  ),
  nameCharacters: setting(
    'NAME_CHARACTERS',
    nameCharacters,
    '-_:#',
    'What a cleansed name may hold besides letters, digits and dots.',
  ),
  minTimestampResolutionS: setting(
    'MIN_TIMESTAMP_RESOLUTION',
    count({ min: 0, max: 86_400 }),
    '0',
    'Times of points are rounded down to a multiple of so many seconds; 0 leaves them as they come.',
  ),
  pointAgeMaxMs: setting(
    'MAX_POINT_AGE',
    duration({ min: 0, max: CENTURY_S }),
    '0',
    'Points that are older than this when they come are refused; 0 for none.',
  ),
  pointFutureMaxMs: setting(
    'MAX_POINT_FUTURE',
    duration({ min: 0, max: CENTURY_S }),
    '0',
    'Points whose time is further in the future than this when they come are refused; 0 for none.',
  ),
  ruleReloadIntervalMs: setting(
    'RULE_RELOAD_INTERVAL',
    duration({ min: 0.1, max: 86_400 }),
    '10',
    'How often a relay looks whether one of its rule files was edited.',
  ),
} as const;
