import { withTags } from '../time-series.js';
import { type FunctionDeclaration, SERIES_LIST } from './declaration.js';

/** Series of another time, laid over this one. */
export const TIME_SHIFT: readonly FunctionDeclaration[] = [
  {
    name: 'timeShift',
    group: 'Transform',
    description: 'The series as they were some time ago; `+` before the span looks ahead.',
    params: [
      SERIES_LIST,
      {
        name: 'timeShift',
        type: 'interval',
        required: true,
        suggestions: ['1h', '6h', '12h', '1d', '2d', '7d', '14d', '30d'],
      },
      { name: 'resetEnd', type: 'boolean', default: true },
      { name: 'alignDst', keyword: 'alignDST', type: 'boolean', default: false },
    ],
    evaluate: ({ window, again }, args) => {
      const [first] = args.series();
      if (first === undefined) return [];
      const given = args.text('timeShift');
      const isUnsigned = /^\d/.test(given);
      const span = isUnsigned ? `-${given}` : given;
      const shiftS = isUnsigned ? -args.intervalS('timeShift') : args.intervalS('timeShift');
      const { fromS, untilS } = window;
      const [shifted] = again('seriesList', [
        { ...window, fromS: fromS + shiftS, untilS: untilS + shiftS },
      ]);
      const isEndReset = args.boolean('resetEnd');
      return shifted.map((series) => ({
        ...series,
        name: `timeShift(${series.name}, "${span}")`,
        tags: withTags(series.tags, { timeShift: span }),
        startS: first.startS,
        endS: isEndReset ? first.endS : series.endS - series.startS + first.startS,
      }));
    },
  },
];
