import { AGGREGATION_NAMES } from '../aggregation.js';
import { type CalendarUnit, calendarStart, UNITS_BY_PREFIX } from '../calendar.js';
import { refuse } from '../evaluation-refusal.js';
import { summarized } from '../summarize.js';
import { named, type TimeSeries, withTags } from '../time-series.js';
import type { Arguments } from './arguments.js';
import type { CallContext, FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

const INTERVAL = {
  name: 'intervalString',
  type: 'interval',
  required: true,
  suggestions: ['10min', '1h', '1d'],
} as const;
const FUNC = { name: 'func', type: 'aggFunc', default: 'sum', options: AGGREGATION_NAMES } as const;

/** Fewer points, each for a longer time. */
export const SUMMARIES: readonly FunctionDeclaration[] = [
  {
    name: 'summarize',
    group: 'Transform',
    description: 'One point for each interval, aggregated from its points.',
    params: [SERIES_LIST, INTERVAL, FUNC, { name: 'alignToFrom', type: 'boolean', default: false }],
    evaluate: ({ nulls }, args) => {
      const intervalS = intervalOf('summarize', args);
      const aggregate = args.aggregation();
      const isAligned = args.boolean('alignToFrom');
      const span = args.string('intervalString');
      const by = args.string('func');
      return args.series().map((series) => {
        const startS = isAligned ? series.startS : series.startS - (series.startS % intervalS);
        const endS = isAligned ? series.endS : series.endS - (series.endS % intervalS) + intervalS;
        const name = `summarize(${series.name}, "${span}", "${by}"${isAligned ? ', true' : ''})`;
        return {
          ...named(series, name),
          tags: withTags(series.tags, { summarize: span, summarizeFunction: by }),
          ...summarized(series, aggregate, { startS, endS, intervalS }, nulls),
        };
      });
    },
  },
  {
    name: 'smartSummarize',
    group: 'Transform',
    description:
      'One point for each interval, counted from the start of the window, or of the hour, day, ... it lies in.',
    params: [
      SERIES_LIST,
      INTERVAL,
      FUNC,
      {
        name: 'alignTo',
        type: 'string',
        options: [
          false,
          null,
          true,
          'days',
          'hours',
          'minutes',
          'months',
          'seconds',
          'weeks',
          'years',
        ],
      },
    ],
    evaluate: (context, args) => {
      const intervalS = intervalOf('smartSummarize', args);
      const aggregate = args.aggregation();
      const span = args.string('intervalString');
      const by = args.string('func');
      return alignedSeries(context, args).map((series) => {
        const { startS, endS } = series;
        return {
          ...named(series, `smartSummarize(${series.name}, "${span}", "${by}")`),
          tags: withTags(series.tags, { smartSummarize: span, smartSummarizeFunction: by }),
          ...summarized(series, aggregate, { startS, endS, intervalS }, context.nulls),
        };
      });
    },
  },
];

export function intervalOf(name: string, args: Arguments): number {
  const intervalS = Math.abs(args.intervalS('intervalString'));
  return intervalS === 0 ? refuse(`${name}: intervalString is no time at all`) : intervalS;
}

/** The series from the start of a calendar unit on; `alignTo` as a truth value is of old, and means nothing. */
function alignedSeries(context: CallContext, args: Arguments): readonly TimeSeries[] {
  const { window, again } = context;
  if (!args.isGiven('alignTo') || args.value('alignTo').type === 'boolean') return args.series();
  const fromS = calendarStart(window, ...alignment(args.string('alignTo')));
  return again('seriesList', [{ ...window, fromS }])[0];
}

/** `hours`, `weeks`, or `weeks7` for weeks from Sunday on, and whatever begins as a unit does. */
function alignment(text: string): [unit: CalendarUnit, firstWeekday: number] {
  const unit = UNITS_BY_PREFIX.find(([prefix]) => text.startsWith(prefix))?.[1];
  const last = text.at(-1) ?? '';
  const hasDay = unit === 'week' && !/\p{L}/u.test(last);
  if (unit === undefined || (hasDay && !/\d/.test(last)))
    refuse(`smartSummarize: alignTo is "${text}", and must be years, months, weeks, days, ...`);
  return [unit, hasDay ? Number(last) : 1];
}
