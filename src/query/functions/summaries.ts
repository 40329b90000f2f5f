import { AGGREGATION_NAMES, countKnown, isEnough } from '../aggregation.js';
import { refuse } from '../evaluation-refusal.js';
import { named, withTags } from '../time-series.js';
import { type FunctionDeclaration, SERIES_LIST } from './declaration.js';

/** Fewer points, each for a longer time. */
export const SUMMARIES: readonly FunctionDeclaration[] = [
  {
    name: 'summarize',
    group: 'Transform',
    description: 'One point for each interval, aggregated from its points.',
    params: [
      SERIES_LIST,
      {
        name: 'intervalString',
        type: 'interval',
        required: true,
        suggestions: ['10min', '1h', '1d'],
      },
      { name: 'func', type: 'aggFunc', default: 'sum', options: AGGREGATION_NAMES },
      { name: 'alignToFrom', type: 'boolean', default: false },
    ],
    evaluate: ({ nulls }, args) => {
      const intervalS = Math.abs(args.intervalS('intervalString'));
      if (intervalS === 0) refuse('summarize: intervalString is no time at all');
      const aggregate = args.aggregation();
      const isAligned = args.boolean('alignToFrom');
      const span = args.string('intervalString');
      const by = args.string('func');
      return args.series().map((series) => {
        const startS = isAligned ? series.startS : series.startS - (series.startS % intervalS);
        const endS = isAligned ? series.endS : series.endS - (series.endS % intervalS) + intervalS;
        const values = nulls(Math.ceil((endS - startS) / intervalS));
        for (let i = 0; i < values.length; i++) {
          const bucketS = startS + i * intervalS - series.startS;
          const start = Math.max(0, Math.ceil(bucketS / series.stepS));
          const stop = Math.ceil((bucketS + intervalS) / series.stepS);
          const end = Math.min(stop, series.values.length);
          const known = countKnown(series.values, start, end);
          const wanted = intervalS / series.stepS;
          if (isEnough(known, Math.max(wanted, end - start), series.xFilesFactor))
            values[i] = aggregate(series.values, start, end);
        }
        const name = `summarize(${series.name}, "${span}", "${by}"${isAligned ? ', true' : ''})`;
        return {
          ...named(series, name),
          tags: withTags(series.tags, { summarize: span, summarizeFunction: by }),
          startS,
          endS,
          stepS: intervalS,
          values,
        };
      });
    },
  },
];
