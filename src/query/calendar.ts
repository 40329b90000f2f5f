import type { Window } from './window.js';

export type CalendarUnit = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

/** Units as graphite writes them: known by their first letters. */
export const UNITS_BY_PREFIX: readonly [prefix: string, unit: CalendarUnit][] = [
  ['s', 'second'],
  ['min', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mon', 'month'],
  ['y', 'year'],
];

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/**
 * When the unit began that the start of a window lies in, by the clocks of its zone at its start: that
 * they were changed in between does not count, as in graphite-web.
 *
 * @param firstWeekday the day weeks begin with: 1 for Monday to 7 for Sunday
 */
export function calendarStart(
  { fromS, zone }: Window,
  unit: CalendarUnit,
  firstWeekday = 1,
): number {
  const wallS = zone.wallOf(fromS);
  return fromS - (wallS - wallStart(wallS, unit, firstWeekday));
}

function wallStart(wallS: number, unit: CalendarUnit, firstWeekday: number): number {
  const dayS = wallS - (((wallS % DAY_S) + DAY_S) % DAY_S);
  const day = new Date(dayS * 1000);
  switch (unit) {
    case 'second':
      return wallS;
    case 'minute':
      return Math.floor(wallS / MINUTE_S) * MINUTE_S;
    case 'hour':
      return Math.floor(wallS / HOUR_S) * HOUR_S;
    case 'day':
      return dayS;
    case 'week': {
      const weekday = day.getUTCDay() || 7;
      const back = weekday - firstWeekday;
      return dayS - (back < 0 ? back + 7 : back) * DAY_S;
    }
    case 'month':
      return Date.UTC(day.getUTCFullYear(), day.getUTCMonth()) / 1000;
    case 'year':
      return Date.UTC(day.getUTCFullYear(), 0) / 1000;
  }
}
