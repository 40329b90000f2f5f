import { BadRequest } from '../bad-request.js';
import { refuse } from '../evaluation-refusal.js';
import { formatD } from '../python-format.js';
import { withTags } from '../time-series.js';
import { parseTime } from '../times.js';
import type { Window } from '../window.js';
import type { Arguments } from './arguments.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

/** A part of the window. */
export const TIME_SLICE: readonly FunctionDeclaration[] = [
  {
    name: 'timeSlice',
    group: 'Transform',
    description: 'Only the values between two times.',
    params: [
      SERIES_LIST,
      { name: 'startSliceAt', type: 'date', required: true },
      { name: 'endSliceAt', type: 'date', default: 'now' },
    ],
    evaluate: ({ window }, args) => {
      const fromS = timeOf('startSliceAt', window, args);
      const untilS = timeOf('endSliceAt', window, args);
      const [from, until] = [formatD(fromS), formatD(untilS)];
      return args.series().map((series) => ({
        ...series,
        name: `timeSlice(${series.name}, ${from}, ${until})`,
        tags: withTags(series.tags, { timeSliceStart: from, timeSliceEnd: until }),
        // Counted from the start of the window, not of the series, as in graphite-web.
        values: series.values.map((value, i) => {
          const atS = window.fromS + i * series.stepS;
          return atS >= fromS && atS <= untilS ? value : Number.NaN;
        }),
      }));
    },
  },
];

function timeOf(parameter: string, { nowS, zone }: Window, args: Arguments): number {
  const time = parseTime(args.string(parameter), nowS, zone, parameter);
  return time instanceof BadRequest ? refuse(`timeSlice: ${time.message}`) : time;
}
