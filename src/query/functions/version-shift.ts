import { refuse } from '../evaluation-refusal.js';
import { named, type TimeSeries } from '../time-series.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

/** A version of a program, and the last position at which its mark has a value. */
interface Mark {
  readonly version: string;
  readonly major: number;
  readonly minor: number;
  readonly position: number;
}

/** carbonapi's way to lay releases of a program over one another. */
export const VERSION_SHIFT: readonly FunctionDeclaration[] = [
  {
    name: 'timeShiftByMetric',
    group: 'Transform',
    description:
      'Moves series of earlier versions (a part of the name, as 65_4) to where the last one of `markSource` is.',
    params: [
      SERIES_LIST,
      { name: 'markSource', type: 'seriesList', required: true },
      { name: 'versionRankIndex', type: 'integer', required: true },
    ],
    evaluate: (_context, args) => {
      const [all, marks] = [args.series(), args.series('markSource')];
      checkAlike(all, marks);
      const latest = latestMarks(marks);
      const rank = args.integer('versionRankIndex');
      return all.flatMap((series) => {
        const part = nodesOf(series).at(rank);
        const mark =
          latest.find(({ version }) => part !== undefined && version === part) ??
          latest.find(({ version }) => part !== undefined && version.startsWith(part));
        if (mark === undefined) return [];
        const shiftS = (latest[0].position - mark.position) * all[0].stepS;
        const moved = { ...series, startS: series.startS + shiftS, endS: series.endS + shiftS };
        return [named(moved, `timeShiftByMetric(${series.name})`)];
      });
    },
  },
];

function checkAlike(all: readonly TimeSeries[], marks: readonly TimeSeries[]): void {
  if (all.length < 2 || marks.length < 2)
    refuse('timeShiftByMetric: seriesList and markSource must be two series or more each');
  const { length } = all[0].values;
  if (length === 0 || [...all, ...marks].some(({ values }) => values.length !== length))
    refuse('timeShiftByMetric: all series must have as many points');
}

/** The last minor version of each major one, the latest first. */
function latestMarks(marks: readonly TimeSeries[]): Mark[] {
  const found = marks.flatMap((series): Mark[] => {
    const version = nodesOf(series).at(-1) ?? '';
    const numbers = /(\d+)_(\d+)/.exec(version);
    const position = series.values.findLastIndex((value) => !Number.isNaN(value));
    if (numbers === null || position === -1) return [];
    return [{ version, major: Number(numbers[1]), minor: Number(numbers[2]), position }];
  });
  found.sort((a, b) => b.major - a.major || b.minor - a.minor);
  const latest = found.filter(({ major }, i) => i === 0 || found[i - 1].major !== major);
  return latest.length < 2 ? refuse('timeShiftByMetric: markSource has no two versions') : latest;
}

/** The parts of the metric's own name, whatever functions called it. */
function nodesOf({ tags, name }: TimeSeries): string[] {
  return (tags.get('name') ?? name).split('.');
}
