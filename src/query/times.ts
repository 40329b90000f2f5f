import { withAsciiDigits } from '../config/python-digits.js';
import { BadRequest, quoted } from './bad-request.js';
import { parseOffset } from './time-offset.js';
import type { TimeZone } from './time-zone.js';

const DAY_S = 86_400;
/** The years 1 to 9999, in UTC: what Python can say. */
const EPOCH_MIN_S = -62_135_596_800;
const EPOCH_MAX_S = 253_402_300_799;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const NAMED_HOURS: readonly [name: string, hour: number][] = [
  ['noon', 12],
  ['midnight', 0],
  ['teatime', 16],
];
const NAMED_DAYS = new Map([
  ['', 0],
  ['today', 0],
  ['yesterday', -1],
  ['tomorrow', 1],
]);

/** A time of day, and what of the text speaks of the day. */
interface TimeOfDay {
  seconds: number;
  day: string;
}

/**
 * A time as graphite's `from` and `until` take it, in seconds since the epoch: `now`, `-6h`, `1700000000`,
 * `midnight`, `noon_yesterday+1h`, `04:00_20231114`, `8pm monday`, `11/14/23`, `nov 14`, each with an
 * offset after it, in the digits of any script. Case, blanks, `_` and `,` do not count. Eight digits are a date if they can be one.
 *
 * The rules are those of graphite-web 1.1 (its `attime.py`) to the letter, so that `12am` is noon.
 *
 * @param nowS what `now` and days without a date refer to
 * @param parameter the name of the parameter, for the message
 */
export function parseTime(
  text: string,
  nowS: number,
  zone: TimeZone,
  parameter: string,
): number | BadRequest {
  const plain = withAsciiDigits(text.toLowerCase().replace(/[\s_,]/g, ''));
  if (/^\d+$/.test(plain) && !looksLikeDate(plain)) return inRange(Number(plain), text, parameter);
  const sign = plain.includes('+') ? plain.indexOf('+') : plain.indexOf('-');
  const reference = sign === -1 ? plain : plain.slice(0, sign);
  const offset = parseOffset(sign === -1 ? '' : plain.slice(sign), parameter);
  if (offset instanceof BadRequest) return offset;
  const referenceS = parseReference(reference, nowS, zone);
  if (referenceS === undefined) return new BadRequest(parameter, `${quoted(text)} is no time`);
  return inRange(referenceS + offset, text, parameter);
}

function looksLikeDate(digits: string): boolean {
  return (
    digits.length === 8 &&
    Number(digits.slice(0, 4)) > 1900 &&
    Number(digits.slice(4, 6)) < 13 &&
    Number(digits.slice(6)) < 32
  );
}

/** Whether anybody can mean that time: a typing error has other years than 1 to 9999. */
export function isSensibleTime(epochS: number): boolean {
  return epochS >= EPOCH_MIN_S && epochS <= EPOCH_MAX_S;
}

function inRange(epochS: number, text: string, parameter: string): number | BadRequest {
  if (isSensibleTime(epochS)) return epochS;
  return new BadRequest(parameter, `${quoted(text)} is out of range`);
}

function parseReference(text: string, nowS: number, zone: TimeZone): number | undefined {
  if (text === '' || text === 'now') return nowS;
  const time = parseTimeOfDay(text);
  if (time === undefined) return undefined;
  const today = startOfDay(zone.wallOf(nowS));
  const day = parseDay(time.day, today);
  return day === undefined ? undefined : zone.epochOf(day + time.seconds);
}

/** `8:30`, `8:30pm`, `8pm`, `noon`, ...: whatever comes first; the day is what is left over. */
function parseTimeOfDay(text: string): TimeOfDay | undefined {
  let hour = 0;
  let minute = 0;
  let day = text;
  const clock = /^(\d{1,2}):(\d{2}|\d$)(am|pm)?/.exec(day);
  if (clock !== null) {
    hour = hourOf(clock[1], clock[3]);
    minute = Number(clock[2]);
    day = day.slice(clock[0].length);
  }
  const fullHour = /^(\d{1,2})(am|pm)/.exec(day);
  if (fullHour !== null) {
    hour = hourOf(fullHour[1], fullHour[2]);
    day = day.slice(fullHour[0].length);
  }
  const named = NAMED_HOURS.find(([name]) => day.startsWith(name));
  if (named !== undefined) {
    [hour, minute] = [named[1], 0];
    day = day.slice(named[0].length);
  }
  return hour < 24 && minute < 60 ? { seconds: hour * 3600 + minute * 60, day } : undefined;
}

function hourOf(digits: string, half: string | undefined): number {
  return half === 'pm' ? (Number(digits) + 12) % 24 : Number(digits);
}

/** The wall-clock time at which the day begins. */
function parseDay(text: string, todayS: number): number | undefined {
  const days = NAMED_DAYS.get(text);
  if (days !== undefined) return todayS + days * DAY_S;
  const slashed = text.split('/');
  if (slashed.length === 3) {
    if (!slashed.every((digits) => /^\d+$/.test(digits))) return undefined;
    return date(century(Number(slashed[2])), Number(slashed[0]), Number(slashed[1]));
  }
  if (/^\d{8}$/.test(text))
    return date(Number(text.slice(0, 4)), Number(text.slice(4, 6)), Number(text.slice(6)));
  const month = MONTHS.indexOf(text.slice(0, 3));
  if (month !== -1) {
    const day = /\d{1,2}$/.exec(text)?.[0];
    if (day === undefined) return undefined;
    return date(new Date(todayS * 1000).getUTCFullYear(), month + 1, Number(day));
  }
  const weekday = WEEKDAYS.indexOf(text.slice(0, 3));
  if (weekday === -1) return undefined;
  const daysAgo = (new Date(todayS * 1000).getUTCDay() - weekday + 7) % 7;
  return todayS - daysAgo * DAY_S;
}

/** Years of two digits are those from 1970 to 2069. */
function century(year: number): number {
  const full = year < 1900 ? year + 1900 : year;
  return full < 1970 ? full + 100 : full;
}

function date(year: number, month: number, day: number): number | undefined {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return undefined;
  const start = new Date(0);
  start.setUTCFullYear(year, month - 1, day);
  return start.getUTCDate() === day ? start.getTime() / 1000 : undefined;
}

function startOfDay(wallS: number): number {
  return Math.floor(wallS / DAY_S) * DAY_S;
}
