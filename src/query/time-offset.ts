import { withAsciiDigits } from '../config/python-digits.js';
import { BadRequest, quoted } from './bad-request.js';

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** A unit is known by its first letters. `m` and `mo` are none: they might be minutes or months. */
const UNITS: readonly [prefix: string, seconds: number][] = [
  ['s', 1],
  ['min', MINUTE_S],
  ['h', HOUR_S],
  ['d', DAY_S],
  ['w', 7 * DAY_S],
  ['mon', 30 * DAY_S],
  ['y', 365 * DAY_S],
];

/**
 * A span of time as graphite writes it, in seconds: `1h`, `-1d12h`, `+90s`. The sign counts for all of it,
 * a month has 30 days, a year 365. Digits may be those of any script, as for Python. Nothing at all, or a sign alone, is 0.
 */
export function parseOffset(text: string, parameter: string): number | BadRequest {
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = withAsciiDigits(/^[+-]/.test(text) ? text.slice(1) : text);
  let seconds = 0;
  while (rest !== '') {
    const part = /^(\d+)(\p{L}+)/u.exec(rest);
    if (part === null)
      return new BadRequest(parameter, `${quoted(text)} is no time span: a number and a unit`);
    const unit = UNITS.find(([prefix]) => part[2].startsWith(prefix));
    if (unit === undefined) return new BadRequest(parameter, unknownUnit(part[2]));
    seconds += Number(part[1]) * unit[1];
    rest = rest.slice(part[0].length);
  }
  return seconds === 0 ? 0 : sign * seconds;
}

function unknownUnit(unit: string): string {
  return `${quoted(unit)} is no unit of time: s, min, h, d, w, mon or y`;
}
