import { refuse } from '../evaluation-refusal.js';
import { formatNumber } from '../python-format.js';
import { type TimeSeries, timeSeries } from '../time-series.js';
import type { Arguments } from './arguments.js';
import type { CallContext, FunctionDeclaration } from './declaration.js';
import type { Parameter } from './parameter.js';

const NAME: Parameter = { name: 'name', type: 'string', required: true };
const STEP: Parameter = { name: 'step', type: 'integer', default: 60 };
const IDENTITY_STEP_S = 60;

/** Series that no metric is behind. */
export const SYNTHETIC: readonly FunctionDeclaration[] = [
  {
    name: 'constantLine',
    group: 'Special',
    description: 'A line at a value: three points.',
    params: [{ name: 'value', type: 'float', required: true }],
    evaluate: ({ window: { fromS, untilS }, xFilesFactor }, args) => {
      const value = args.number('value');
      const name = formatNumber(value, false);
      const stepS = Math.trunc((untilS - fromS) / 2);
      const values = Float64Array.of(value, value, value);
      const line = { name, startS: fromS, endS: untilS, stepS, values };
      return [timeSeries(line, `constantLine(${name})`, xFilesFactor)];
    },
  },
  {
    name: 'identity',
    group: 'Calculate',
    description: 'The time of each minute, in seconds since the epoch.',
    params: [NAME],
    evaluate: (context, args) => {
      const times = over(context, args, IDENTITY_STEP_S, (timeS) => timeS);
      return [{ ...times, pathExpression: `identity("${times.name}")` }];
    },
  },
  {
    name: 'randomWalkFunction',
    aliases: ['randomWalk'],
    group: 'Special',
    description:
      'A series for tests that goes up and down by chance, by less than a half each time.',
    params: [NAME, STEP],
    evaluate: (context, args) => {
      const chance = context.chance(args.text('name'));
      let next = 0;
      const walk = over(context, args, stepOf(args), () => {
        const value = next;
        next += chance() - 0.5;
        return value;
      });
      return [walk];
    },
  },
  {
    name: 'sinFunction',
    aliases: ['sin'],
    group: 'Transform',
    description: 'The sine of the time in seconds, times `amplitude`.',
    params: [NAME, { name: 'amplitude', type: 'integer', default: 1 }, STEP],
    evaluate: (context, args) => {
      const amplitude = args.number('amplitude');
      const sine = (timeS: number) => Math.sin(timeS) * amplitude;
      return [over(context, args, stepOf(args), sine)];
    },
  },
  {
    name: 'timeFunction',
    aliases: ['time'],
    group: 'Transform',
    description: 'The time, in seconds since the epoch.',
    params: [NAME, STEP],
    evaluate: (context, args) => [over(context, args, stepOf(args), (timeS) => timeS)],
  },
];

function stepOf(args: Arguments): number {
  const stepS = args.number('step');
  const isWhole = Number.isInteger(stepS) && stepS >= 1;
  return isWhole ? stepS : refuse(`step is ${stepS}, and must be a whole number, a second or more`);
}

/** A value for each step of the window, from its start on. */
function over(
  { window: { fromS, untilS }, xFilesFactor, nulls }: CallContext,
  args: Arguments,
  stepS: number,
  valueAt: (timeS: number) => number,
): TimeSeries {
  const values = nulls(Math.ceil((untilS - fromS) / stepS));
  for (let i = 0; i < values.length; i++) values[i] = valueAt(fromS + i * stepS);
  const { name, unnamed } = args.name('name');
  const series = { name, startS: fromS, endS: untilS, stepS, values };
  return { ...timeSeries(series, name, xFilesFactor), unnamed };
}
