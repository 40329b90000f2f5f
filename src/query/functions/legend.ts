import { AGGREGATION_NAMES, aggregation, builtInAggregation } from '../aggregation.js';
import { quoted } from '../bad-request.js';
import { refuse } from '../evaluation-refusal.js';
import { formatF, formatNumber } from '../python-format.js';
import type { TimeSeries } from '../time-series.js';
import { inUnits, isUnitSystem } from '../units.js';
import { pythonText } from './arguments.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

const SYSTEMS = ['binary', 'si'];
/** What the widths of columns are counted by where there is no value. */
const TYPICAL_VALUE = 3;
/** Between columns. */
const GAP = 3;

/** Names with values in them. */
export const LEGEND: readonly FunctionDeclaration[] = [
  {
    name: 'legendValue',
    group: 'Alias',
    description:
      'The name and aggregations of all values, in units if the last argument is si or binary.',
    params: [
      SERIES_LIST,
      {
        name: 'valuesTypes',
        keyword: 'valueTypes',
        type: 'string',
        multiple: true,
        options: [
          ...AGGREGATION_NAMES.flatMap((name) => [name, `${name}Series`]),
          ...SYSTEMS,
        ].sort(),
      },
    ],
    evaluate: (_context, args) => {
      const types = args.values('valuesTypes').map(pythonText);
      const last = types.at(-1) ?? refuse('legendValue: valueTypes is missing: avg, max, ...');
      const system = SYSTEMS.includes(last) ? last : undefined;
      const shown = system === undefined ? types : types.slice(0, -1);
      return args.series().map((series) => {
        const name = shown.reduce(
          (text, type) => withValue(text, type, series, system),
          series.name,
        );
        return { ...series, name };
      });
    },
  },
  {
    name: 'cactiStyle',
    group: 'Special',
    description: 'The name, and the last, highest and lowest value, in columns.',
    params: [
      SERIES_LIST,
      { name: 'system', type: 'string', options: SYSTEMS },
      { name: 'units', type: 'string' },
    ],
    evaluate: (_context, args) => {
      const system = args.isTrue('system') ? args.text('system') : 'none';
      if (!isUnitSystem(system)) refuse(`cactiStyle: there is no unit system ${quoted(system)}`);
      const units = args.isTrue('units') ? args.text('units') : undefined;
      return inColumns(args.series(), (value) => inUnitsText(value, system, units));
    },
  },
];

function withValue(
  name: string,
  type: string,
  { values }: TimeSeries,
  system: string | undefined,
): string {
  const value = aggregation(type)?.(values, 0, values.length);
  if (system === undefined) return `${name} (${type}: ${plainText(type, value)})`;
  const text =
    value === undefined || Number.isNaN(value)
      ? plainText(type, value)
      : inUnitsText(value, system, undefined);
  return `${name.padEnd(20)}${type.padEnd(5)}${text.padEnd(10)}`;
}

function plainText(type: string, value: number | undefined): string {
  if (value === undefined) return '(?)';
  return Number.isNaN(value) ? 'None' : formatNumber(value, type === 'count');
}

/** @param units what the prefix is of; a blank comes before both */
function inUnitsText(value: number, system: string, units: string | undefined): string {
  if (!Number.isFinite(value)) refuse('an infinite value cannot be shown in units');
  const [scaled, prefix] = inUnits(value, system);
  return `${formatF(scaled, 2)}${units === undefined ? prefix : ` ${prefix}${units}`}`;
}

function inColumns(
  all: readonly TimeSeries[],
  format: (value: number) => string,
): readonly TimeSeries[] {
  const nameWidth = widest(all.map(({ name }) => name));
  const columns = ['last', 'max', 'min'].map((by) => {
    const aggregate = builtInAggregation(by);
    const values = all.map(({ values }) => aggregate(values, 0, values.length));
    // Without the sign of a zero.
    const whole = values.map((value) => format(Math.trunc(value || TYPICAL_VALUE) + 0));
    const width = widest(whole) + GAP;
    return values.map((value) => (Number.isNaN(value) ? 'nan' : format(value)).padEnd(width));
  });
  return all.map((series, i) => {
    const [last, max, min] = columns.map((column) => column[i]);
    const name = `${series.name.padEnd(nameWidth)} Current:${last} Max:${max} Min:${min} `;
    return { ...series, name };
  });
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, text.length), 0);
}
