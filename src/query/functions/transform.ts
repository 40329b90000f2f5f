import { refuse } from '../evaluation-refusal.js';
import { formatD, formatG, formatNumber } from '../python-format.js';
import { pythonPower } from '../python-power.js';
import { pythonRound } from '../python-round.js';
import { mapValues, named, type TimeSeries, withTags } from '../time-series.js';
import type { Arguments } from './arguments.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

/** Each value changed by itself. */
export const TRANSFORM: readonly FunctionDeclaration[] = [
  plain('absolute', 'Values without their sign.', '1', Math.abs),
  withConstant('add', 'constant', 'Values plus a constant.', formatD, (constant) => {
    if (!Number.isFinite(constant)) refuse('add: constant must be finite');
    return (value) => value + constant;
  }),
  plain('exp', 'e to the power of each value.', 'e', (value) => finiteExp('exp', value)),
  plain('invert', 'One divided by each value.', '1', (value) => pythonPower(value, -1)),
  plain('logit', 'The logarithm of each value divided by what it lacks to 1.', 'logit', logit),
  withConstant('offset', 'factor', 'Values plus a constant.', formatG, (factor) => {
    return (value) => value + factor;
  }),
  withConstant('pow', 'factor', 'Values to the power of a constant.', formatG, (factor) => {
    return (value) => pythonPower(value, factor);
  }),
  {
    name: 'round',
    group: 'Transform',
    description: 'Values with fewer digits after the point, or before it if negative.',
    params: [SERIES_LIST, { name: 'precision', type: 'integer', default: 0, silentDefault: null }],
    evaluate: (_context, args) => {
      const precision = args.has('precision') ? args.wholeNumber('precision') : 0;
      const shown = args.has('precision') ? `,${formatG(precision)}` : '';
      return args.series().map((series) => ({
        ...named(series, `round(${series.name}${shown})`),
        tags: withTags(series.tags, { round: formatD(precision) }),
        values: mapValues(series.values, (value) => pythonRound(value, precision)),
      }));
    },
  },
  withConstant('scale', 'factor', 'Values times a factor.', formatG, (factor) => {
    return (value) => value * factor;
  }),
  {
    name: 'scaleAfterTimestamp',
    group: 'Transform',
    description: 'Values from a time on, in seconds since the epoch, times a factor.',
    params: [
      SERIES_LIST,
      { name: 'factor', type: 'float', required: true },
      { name: 'timestamp', type: 'integer', default: 0 },
    ],
    evaluate: (_context, args) => {
      const factor = args.number('factor');
      const fromS = args.integer('timestamp');
      const shown = `${formatG(factor)}${fromS === 0 ? '' : `,${formatD(fromS)}`}`;
      return args.series().map((series) => ({
        ...named(series, `scale(${series.name},${shown})`),
        tags: withTags(series.tags, { scale: formatNumber(factor, false) }),
        values: scaledFrom(series, factor, fromS),
      }));
    },
  },
  {
    name: 'scaleToSeconds',
    group: 'Transform',
    description: 'Values for so many seconds, where they are for one step.',
    params: [SERIES_LIST, { name: 'seconds', type: 'float', required: true }],
    evaluate: (_context, args) => {
      const seconds = args.number('seconds');
      if (!Number.isFinite(seconds)) refuse('scaleToSeconds: seconds must be finite');
      return args.series().map((series) => {
        const factor = seconds / series.stepS;
        return {
          ...named(series, `scaleToSeconds(${series.name},${formatD(seconds)})`),
          tags: withTags(series.tags, { scaleToSeconds: formatNumber(seconds, false) }),
          values: mapValues(series.values, (value) => pythonRound(value * factor, 6)),
        };
      });
    },
  },
  plain(
    'sigmoid',
    'One divided by one plus e to the power of minus each value.',
    'sigmoid',
    (value) => {
      return 1 / (1 + finiteExp('sigmoid', -value));
    },
  ),
  plain('squareRoot', 'The square root of each value.', '1', (value) => pythonPower(value, 0.5)),
  logarithm('log'),
  logarithm('logarithm'),
];

type Change = (value: number) => number;

/** A function without arguments, which leaves its name as a tag. */
function plain(
  name: string,
  description: string,
  tag: string,
  change: Change,
): FunctionDeclaration {
  return {
    name,
    group: 'Transform',
    description,
    params: [SERIES_LIST],
    evaluate: (_context, args) =>
      args.series().map((series) => ({
        ...named(series, `${name}(${series.name})`),
        tags: withTags(series.tags, { [name]: tag }),
        values: mapValues(series.values, change),
      })),
  };
}

/** A function of a number, which stands in the names of series as `format` writes it. */
function withConstant(
  name: string,
  parameter: string,
  description: string,
  format: (constant: number) => string,
  change: (constant: number) => Change,
): FunctionDeclaration {
  return {
    name,
    group: 'Transform',
    description,
    params: [SERIES_LIST, { name: parameter, type: 'float', required: true }],
    evaluate: (_context, args) => {
      const constant = args.number(parameter);
      const changed = change(constant);
      return args.series().map((series) => ({
        ...named(series, `${name}(${series.name},${format(constant)})`),
        tags: withTags(series.tags, { [name]: formatNumber(constant, false) }),
        values: mapValues(series.values, changed),
      }));
    },
  };
}

/** graphite-web's `log`, and carbonapi's, which shows the base only where it was given. */
function logarithm(name: 'log' | 'logarithm'): FunctionDeclaration {
  const shownBase = (args: Arguments): string => {
    if (name === 'log') return `, ${args.text('base')}`;
    return args.isGiven('base') ? `,${args.text('base')}` : '';
  };
  return {
    name,
    group: 'Transform',
    description: 'The logarithm of values over 0; others have none.',
    params: [SERIES_LIST, { name: 'base', type: 'integer', default: 10 }],
    evaluate: (_context, args) => {
      const base = args.number('base');
      const divisor = Math.log(base);
      return args.series().map((series) => ({
        ...named(series, `${name}(${series.name}${shownBase(args)})`),
        tags: withTags(series.tags, { log: args.text('base') }),
        values: mapValues(series.values, (value) => {
          if (value <= 0) return Number.NaN;
          if (!(base > 0) || divisor === 0)
            refuse(`${name}: there is no logarithm of base ${base}`);
          return Math.log(value) / divisor;
        }),
      }));
    },
  };
}

function scaledFrom({ values, startS, stepS }: TimeSeries, factor: number, fromS: number) {
  return values.map((value, i) => (startS + i * stepS >= fromS ? value * factor : value));
}

function finiteExp(name: string, value: number): number {
  const result = Math.exp(value);
  if (result === Number.POSITIVE_INFINITY && Number.isFinite(value))
    refuse(`${name}: e to the power of ${value} is more than a number can be`);
  return result;
}

function logit(value: number): number {
  const odds = value / (1 - value);
  return value !== 1 && odds > 0 ? Math.log(odds) : Number.NaN;
}
