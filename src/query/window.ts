import { BadRequest } from './bad-request.js';
import { type TimeZone, timeZone } from './time-zone.js';
import { parseTime } from './times.js';

/** The parameters of a request that say when, as they came. */
export interface WindowParameters {
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  /** What the other two call now; for tests and for links that stay as they are. */
  readonly now?: string | undefined;
  /** A zone nobody knows counts as none. */
  readonly tz?: string | undefined;
}

/** The points asked for are those after `fromS` up to and including `untilS`. */
export interface Window {
  readonly fromS: number;
  readonly untilS: number;
  readonly nowS: number;
  readonly zone: TimeZone;
}

/** The last day by default; from and until in the wrong order are changed over, as graphite-web does. */
export function parseWindow(
  parameters: WindowParameters,
  nowS: number,
  defaultZone: TimeZone,
): Window | BadRequest {
  const zone = timeZone(parameters.tz ?? '') ?? defaultZone;
  const now = parseTime(parameters.now ?? 'now', nowS, zone, 'now');
  if (now instanceof BadRequest) return now;
  const from = parseTime(parameters.from ?? '-1d', now, zone, 'from');
  if (from instanceof BadRequest) return from;
  const until = parseTime(parameters.until ?? 'now', now, zone, 'until');
  if (until instanceof BadRequest) return until;
  if (from === until) return new BadRequest('from', 'is the same time as until');
  return { fromS: Math.min(from, until), untilS: Math.max(from, until), nowS: now, zone };
}
