import { type CalendarUnit, calendarStart } from '../calendar.js';
import { named, type TimeSeries, withTags } from '../time-series.js';
import type { CallContext, FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';
import { intervalOf } from './summaries.js';

/** Rates made counts. */
export const HITCOUNT: readonly FunctionDeclaration[] = [
  {
    name: 'hitcount',
    group: 'Transform',
    description:
      'What values by the second come to in each interval; intervals end where the window does.',
    params: [
      SERIES_LIST,
      {
        name: 'intervalString',
        type: 'interval',
        required: true,
        suggestions: ['10min', '1h', '1d'],
      },
      { name: 'alignToInterval', type: 'boolean', default: false },
    ],
    evaluate: (context, args) => {
      const intervalS = intervalOf('hitcount', args);
      const span = args.string('intervalString');
      const isAligned = args.boolean('alignToInterval');
      const all = isAligned ? alignedSeries(context, intervalS) : args.series();
      return all.map((series) => ({
        ...named(series, `hitcount(${series.name}, "${span}"${isAligned ? ', true' : ''})`),
        tags: withTags(series.tags, { hitcount: span }),
        ...counted(series, intervalS, context.nulls),
      }));
    },
  },
];

/** From the start of the day, hour or minute on, and with a whole interval at the end. */
function alignedSeries({ window, again }: CallContext, intervalS: number): TimeSeries[] {
  const unit = unitWithin(intervalS);
  const fromS = unit === undefined ? window.fromS : calendarStart(window, unit);
  const [all] = again('seriesList', [{ ...window, fromS }]);
  return all.map((series) => {
    const intervals = Math.floor((series.endS - series.startS) / intervalS) + 1;
    return { ...series, endS: series.startS + intervals * intervalS };
  });
}

function unitWithin(intervalS: number): CalendarUnit | undefined {
  if (intervalS >= 86_400) return 'day';
  if (intervalS >= 3600) return 'hour';
  return intervalS >= 60 ? 'minute' : undefined;
}

/** Each value, times the part of its step that lies in an interval, is added to that interval. */
function counted(
  { values, startS, endS, stepS }: TimeSeries,
  intervalS: number,
  nulls: (count: number) => Float64Array,
): Pick<TimeSeries, 'startS' | 'stepS' | 'values'> {
  const hits = nulls(Math.ceil((endS - startS) / intervalS));
  const firstS = endS - hits.length * intervalS;
  const add = (at: number, count: number): void => {
    if (at >= 0) hits[at] = Number.isNaN(hits[at]) ? count : hits[at] + count;
  };
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    const fromS = startS + i * stepS - firstS;
    const first = Math.floor(fromS / intervalS);
    let last = Math.floor((fromS + stepS) / intervalS);
    let lastS = fromS + stepS - last * intervalS;
    if (last >= hits.length) {
      last = hits.length - 1;
      lastS = intervalS;
    }
    const inFirstS = (first === last ? lastS : intervalS) - (fromS - first * intervalS);
    add(first, values[i] * inFirstS);
    for (let at = first + 1; at < last; at++) add(at, values[i] * intervalS);
    if (last > first && lastS > 0) add(last, values[i] * lastS);
  }
  return { startS: firstS, stepS: intervalS, values: hits };
}
