import { countKnown } from '../aggregation.js';
import { quoted } from '../bad-request.js';
import { refuse } from '../evaluation-refusal.js';
import { type TimeSeries, timeSeries } from '../time-series.js';
import type { Arguments } from './arguments.js';
import type { CallContext, FunctionDeclaration } from './declaration.js';
import { type Parameter, SERIES_LIST } from './parameter.js';

const METHODS: ReadonlyMap<string, (value: number, limit: number) => boolean> = new Map([
  ['above', (value, limit) => value > limit],
  ['aboveOrEqual', (value, limit) => value >= limit],
  ['below', (value, limit) => value < limit],
  ['belowOrEqual', (value, limit) => value <= limit],
]);

const PARAMS: readonly Parameter[] = [
  SERIES_LIST,
  { name: 'interval', type: 'interval', required: true, suggestions: ['10min', '1h', '1d'] },
  { name: 'method', type: 'string', required: true, options: [...METHODS.keys()] },
  { name: 'value', type: 'float', required: true },
];

/** How well objectives of a service were met, as carbonapi counts it. */
export const SLO: readonly FunctionDeclaration[] = [
  {
    name: 'slo',
    group: 'Transform',
    description: 'The part of the known values of each interval that is above, or below, a value.',
    params: PARAMS,
    evaluate: (context, args) => {
      const asked = `${args.string('interval')}, ${args.string('method')}, ${args.number('value')}`;
      return met(context, args, `slo`, asked, (part) => part);
    },
  },
  {
    name: 'sloErrorBudget',
    group: 'Transform',
    description:
      'The seconds of each interval that the objective leaves for errors, less those used.',
    params: [...PARAMS, { name: 'objective', type: 'float', required: true }],
    evaluate: (context, args) => {
      const objective = args.number('objective');
      const asked = `${args.string('interval')}, ${args.string('method')}, ${args.number('value')}, ${objective}`;
      return met(
        context,
        args,
        'sloErrorBudget',
        asked,
        (part, spanS) => (part - objective) * spanS,
      );
    },
  },
];

/**
 * @param asked the arguments, for names
 * @param score what to show of an interval, by the part of its values that count, and how long it is
 */
function met(
  { window, again, nulls }: CallContext,
  args: Arguments,
  name: string,
  asked: string,
  score: (part: number, spanS: number) => number,
): TimeSeries[] {
  const intervalS = args.intervalS('interval');
  if (intervalS <= 0) refuse(`${name}: interval must be a second or more`);
  const isMet = METHODS.get(args.string('method'));
  if (isMet === undefined)
    return refuse(
      `${name}: method is ${quoted(args.string('method'))}, not ${[...METHODS.keys()]}`,
    );
  const value = args.number('value');
  // An interval that is longer than the window is looked at in full.
  const fromS = Math.min(window.fromS, window.untilS - intervalS);
  const all = args.series();
  const inFull = fromS < window.fromS ? again('seriesList', [{ ...window, fromS }])[0] : all;
  if (inFull.length !== all.length)
    refuse(`${name}: not all series are kept for the whole interval`);
  return all.map((series, i) => {
    const { startS, endS, xFilesFactor } = series;
    const count = Math.ceil((endS - startS) / intervalS);
    const values = nulls(count);
    if (series.stepS <= intervalS)
      for (let k = 0; k < count; k++) values[k] = scoreOf(inFull[i], k * intervalS, intervalS);
    const label = `${name}(${series.name}, ${asked})`;
    const times = { startS, endS: startS + count * intervalS, stepS: intervalS };
    return {
      ...timeSeries({ name: label, ...times, values }, label, xFilesFactor),
      tags: series.tags,
    };
  });

  function scoreOf({ values, stepS }: TimeSeries, offsetS: number, spanS: number): number {
    const start = Math.ceil(offsetS / stepS);
    const end = Math.min(values.length, Math.ceil((offsetS + spanS) / stepS));
    const known = countKnown(values, start, end);
    let counted = 0;
    for (let i = start; i < end; i++) if (isMet?.(values[i], value)) counted++;
    return known === 0
      ? Number.NaN
      : score(counted / known, Math.min(spanS, (end - start) * stepS));
  }
}
