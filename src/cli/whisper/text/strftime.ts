/** What clock and calendar show at an instant, in one time zone. */
export interface WallTime {
  readonly epochS: number;
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Seconds east of UTC. */
  readonly offsetS: number;
  /** Abbreviation of the zone's name, such as CET. */
  readonly zone: () => string;
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** A number, and how it is padded where the format does not say: to a width, with a character. */
type Amount = readonly [value: number, width: number, pad?: '0' | '_'];

const TEXTS: Record<string, (wall: WallTime) => string> = {
  a: (wall) => DAYS[weekday(wall)].slice(0, 3),
  A: (wall) => DAYS[weekday(wall)],
  b: (wall) => MONTHS[wall.month - 1].slice(0, 3),
  B: (wall) => MONTHS[wall.month - 1],
  c: (wall) => strftime('%a %b %e %H:%M:%S %Y', wall),
  D: (wall) => strftime('%m/%d/%y', wall),
  F: (wall) => strftime('%Y-%m-%d', wall),
  h: (wall) => strftime('%b', wall),
  n: () => '\n',
  p: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
  P: ({ hour }) => (hour < 12 ? 'am' : 'pm'),
  r: (wall) => strftime('%I:%M:%S %p', wall),
  R: (wall) => strftime('%H:%M', wall),
  t: () => '\t',
  T: (wall) => strftime('%H:%M:%S', wall),
  x: (wall) => strftime('%m/%d/%y', wall),
  X: (wall) => strftime('%H:%M:%S', wall),
  Z: ({ zone }) => zone(),
  '%': () => '%',
};

const AMOUNTS: Record<string, (wall: WallTime) => Amount> = {
  C: ({ year }) => [Math.floor(year / 100), 2],
  d: ({ day }) => [day, 2],
  e: ({ day }) => [day, 2, '_'],
  g: (wall) => [isoWeek(wall).year % 100, 2],
  G: (wall) => [isoWeek(wall).year, 4],
  H: ({ hour }) => [hour, 2],
  I: ({ hour }) => [hour % 12 || 12, 2],
  j: (wall) => [dayOfYear(wall) + 1, 3],
  k: ({ hour }) => [hour, 2, '_'],
  l: ({ hour }) => [hour % 12 || 12, 2, '_'],
  m: ({ month }) => [month, 2],
  M: ({ minute }) => [minute, 2],
  s: ({ epochS }) => [epochS, 1],
  S: ({ second }) => [second, 2],
  u: (wall) => [weekday(wall) || 7, 1],
  U: (wall) => [Math.floor((dayOfYear(wall) + 7 - weekday(wall)) / 7), 2],
  V: (wall) => [isoWeek(wall).week, 2],
  w: (wall) => [weekday(wall), 1],
  W: (wall) => [Math.floor((dayOfYear(wall) + 7 - ((weekday(wall) + 6) % 7)) / 7), 2],
  y: ({ year }) => [year % 100, 2],
  Y: ({ year }) => [year, 4],
};

const CONVERSION = /%([_\-0^#]*)(\d*)[EO]?([a-zA-Z%])/g;

/**
 * A time as the C library's `strftime` writes it in the C locale, with the flags and widths of GNU. What it does not
 * know stays as it is. Source: strftime(3) of Linux man-pages.
 */
export function strftime(format: string, wall: WallTime): string {
  return format.replace(CONVERSION, (whole, flags: string, width: string, letter: string) => {
    const isCapital = flags.includes('^') || (flags.includes('#') && 'aAbBh'.includes(letter));
    const pad = /[_\-0]/.exec([...flags].reverse().join(''))?.[0];
    const minimum = Number(width);
    if (letter in AMOUNTS) return amountText(AMOUNTS[letter](wall), pad, minimum);
    if (letter === 'z') return offsetText(wall.offsetS, pad);
    if (!(letter in TEXTS)) return whole;
    const text = TEXTS[letter](wall);
    const isSmall = flags.includes('#') && 'pZ'.includes(letter);
    const cased = isSmall ? text.toLowerCase() : isCapital ? text.toUpperCase() : text;
    return cased.padStart(minimum, pad === '0' ? '0' : ' ');
  });
}

/** As C's `ctime`, without the line break. */
export function ctime(wall: WallTime): string {
  return strftime('%c', wall);
}

function amountText(
  [value, width, usual = '0']: Amount,
  pad: string = usual,
  minimum: number,
): string {
  if (pad === '-') return String(value).padStart(minimum, ' ');
  return String(value).padStart(Math.max(width, minimum), pad === '_' ? ' ' : '0');
}

/** `+hhmm`. */
function offsetText(offsetS: number, pad: string | undefined): string {
  const minutes = Math.floor(Math.abs(offsetS) / 60);
  const amount = String(Math.floor(minutes / 60) * 100 + (minutes % 60));
  const sign = offsetS < 0 ? '-' : '+';
  return sign + (pad === '-' ? amount : amount.padStart(4, pad === '_' ? ' ' : '0'));
}

/** Days since the beginning of 1970, of the date alone. */
function dayNumber({ year, month, day }: WallTime): number {
  return Date.UTC(year, month - 1, day) / 86_400_000;
}

/** 0 on the first of January. */
function dayOfYear(wall: WallTime): number {
  return dayNumber(wall) - Date.UTC(wall.year, 0, 1) / 86_400_000;
}

/** 0 on Sundays. */
function weekday(wall: WallTime): number {
  return (((dayNumber(wall) + 4) % 7) + 7) % 7;
}

/** The week of ISO 8601: weeks begin on Mondays, and belong to the year that their Thursday is in. */
function isoWeek(wall: WallTime): { year: number; week: number } {
  const thursday = dayNumber(wall) - ((weekday(wall) + 6) % 7) + 3;
  const year = new Date(thursday * 86_400_000).getUTCFullYear();
  const first = Date.UTC(year, 0, 1) / 86_400_000;
  return { year, week: Math.floor((thursday - first) / 7) + 1 };
}
