/** Local time in one zone. Wall-clock times are written as if they were UTC: seconds since the epoch. */
export interface TimeZone {
  readonly name: string;
  /** What the clocks of the zone show at an instant. */
  wallOf(epochS: number): number;
  /**
   * The instant at which the clocks of the zone show a time. A time that occurs twice is taken for the
   * later one, and one that is skipped is read on the clock that was not put forward: standard time both.
   */
  epochOf(wallS: number): number;
}

const DAY_S = 86_400;
/** Clocks are not known to be put forward after 2037, the last year of the files that Python's zones are read from. */
const ZONES_KNOWN_UNTIL_S = Date.UTC(2037, 11, 31) / 1000;

export const UTC: TimeZone = {
  name: 'UTC',
  wallOf: (epochS) => epochS,
  epochOf: (wallS) => wallS,
};

/** The zone of that name in the tz database that Node carries, or undefined. */
export function timeZone(name: string): TimeZone | undefined {
  if (name === 'UTC') return UTC;
  const format = zoneFormat(name);
  if (format === undefined) return undefined;
  const wallOf = (epochS: number) => {
    const knownS = Math.min(epochS, ZONES_KNOWN_UNTIL_S);
    return wallClock(format, knownS) + (epochS - knownS);
  };
  return { name, wallOf, epochOf: (wallS) => instantOf(wallOf, wallS) };
}

function zoneFormat(name: string): Intl.DateTimeFormat | undefined {
  // Offsets such as `+01:00` are zones for Intl, but not in the tz database.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function wallClock(format: Intl.DateTimeFormat, epochS: number): number {
  const fields: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const part of format.formatToParts(epochS * 1000)) fields[part.type] = part.value;
  const year = fields.era === 'BC' ? 1 - Number(fields.year) : Number(fields.year);
  const date = new Date(0);
  date.setUTCFullYear(year, Number(fields.month) - 1, Number(fields.day));
  date.setUTCHours(Number(fields.hour), Number(fields.minute), Number(fields.second));
  return date.getTime() / 1000;
}

function instantOf(wallOf: (epochS: number) => number, wallS: number): number {
  const offsets = [wallS - DAY_S, wallS + DAY_S].map((epochS) => wallOf(epochS) - epochS);
  const standard = Math.min(...offsets);
  const summer = Math.max(...offsets);
  const isSummer = wallOf(wallS - summer) === wallS && wallOf(wallS - standard) !== wallS;
  return wallS - (isSummer ? summer : standard);
}

/** Whether clocks are put forward, compared with those of that year's January and July. */
export function isSummerTime(zone: TimeZone, epochS: number): boolean {
  const year = new Date(zone.wallOf(epochS) * 1000).getUTCFullYear();
  const offsetS = (at: number): number => zone.wallOf(at) - at;
  const standardS = Math.min(...[0, 6].map((month) => offsetS(Date.UTC(year, month) / 1000)));
  return offsetS(epochS) > standardS;
}
