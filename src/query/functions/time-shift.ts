import { refuse } from '../evaluation-refusal.js';
import { formatD } from '../python-format.js';
import { withTags } from '../time-series.js';
import { isSummerTime } from '../time-zone.js';
import type { Window } from '../window.js';
import type { Arguments } from './arguments.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

const HOUR_S = 3600;
const SPANS = ['1h', '6h', '12h', '1d', '2d', '7d', '14d', '30d'];
/** Each takes a fetch of its own: a year of days. */
const SHIFTS_MAX = 366;

/** Series of another time, laid over this one. */
export const TIME_SHIFT: readonly FunctionDeclaration[] = [
  {
    name: 'timeShift',
    group: 'Transform',
    description: 'The series as they were some time ago; `+` before the span looks ahead.',
    params: [
      SERIES_LIST,
      { name: 'timeShift', type: 'interval', required: true, suggestions: SPANS },
      { name: 'resetEnd', type: 'boolean', default: true },
      { name: 'alignDst', keyword: 'alignDST', type: 'boolean', default: false },
    ],
    evaluate: ({ window, again }, args) => {
      const { span, shiftS } = shiftOf('timeShift', args);
      const [first] = args.series();
      if (first === undefined) return [];
      const shifted = shiftedWindow(window, shiftS);
      const changeS = args.boolean('alignDst') ? clockChangeS(window, shifted) : 0;
      const [all] = again('seriesList', [shiftedWindow(shifted, changeS)]);
      const isEndReset = args.boolean('resetEnd');
      return all.map((series) => ({
        ...series,
        name: `timeShift(${series.name}, "${span}")`,
        tags: withTags(series.tags, { timeShift: span }),
        startS: first.startS,
        endS: isEndReset ? first.endS : series.endS - series.startS + first.startS,
      }));
    },
  },
  {
    name: 'timeStack',
    group: 'Transform',
    description: 'The series as they were several spans ago, each a series of its own.',
    params: [
      SERIES_LIST,
      { name: 'timeShiftUnit', type: 'interval', default: '1d', suggestions: SPANS },
      { name: 'timeShiftStart', type: 'integer', default: 0 },
      { name: 'timeShiftEnd', type: 'integer', default: 7 },
    ],
    evaluate: ({ window, again }, args) => {
      const { span, shiftS } = shiftOf('timeShiftUnit', args);
      const times = shiftTimes('timeStack', args);
      const [first] = args.series();
      if (first === undefined) return [];
      const windows = times.map((time) => shiftedWindow(window, time * shiftS));
      return again('seriesList', windows).flatMap((all, i) =>
        all.map((series) => {
          const time = formatD(times[i]);
          const name = `timeShift(${series.name}, ${span}, ${time})`;
          const tags = withTags(series.tags, { timeShiftUnit: span, timeShift: time });
          const { startS, endS } = first;
          return { ...series, name, pathExpression: name, tags, startS, endS };
        }),
      );
    },
  },
];

/** How many spans each of several series is shifted by: from `timeShiftStart` on, before `timeShiftEnd`. */
export function shiftTimes(name: string, args: Arguments): readonly number[] {
  const start = args.integer('timeShiftStart');
  const count = Math.max(0, args.integer('timeShiftEnd') - start);
  if (count > SHIFTS_MAX) refuse(`${name}: ${count} times are more than ${SHIFTS_MAX}`);
  return Array.from({ length: count }, (_, i) => start + i);
}

/** A span without a sign looks back. */
export function shiftOf(parameter: string, args: Arguments): { span: string; shiftS: number } {
  const given = args.string(parameter);
  if (given === '') refuse(`${parameter} is empty, and must be a time span, such as 1d`);
  const seconds = args.intervalS(parameter);
  const isUnsigned = /^\d/.test(given);
  return { span: isUnsigned ? `-${given}` : given, shiftS: isUnsigned ? -seconds : seconds };
}

export function shiftedWindow(window: Window, shiftS: number): Window {
  return { ...window, fromS: window.fromS + shiftS, untilS: window.untilS + shiftS };
}

/** An hour where one window lies in summer time and the other does not; none where only a part of one does. */
function clockChangeS(window: Window, shifted: Window): number {
  const [from, until, shiftedFrom, shiftedUntil] = [window, shifted].flatMap(
    ({ fromS, untilS, zone }) => [isSummerTime(zone, fromS), isSummerTime(zone, untilS)],
  );
  if (from !== until || shiftedFrom !== shiftedUntil || from === shiftedFrom) return 0;
  return from ? HOUR_S : -HOUR_S;
}
