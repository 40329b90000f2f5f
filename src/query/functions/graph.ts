import { BadRequest } from '../bad-request.js';
import { refuse } from '../evaluation-refusal.js';
import { formatG } from '../python-format.js';
import { type TimeSeries, timeSeries, withTags } from '../time-series.js';
import { parseTime } from '../times.js';
import type { Arguments } from './arguments.js';
import type { FunctionDeclaration } from './declaration.js';
import { type Parameter, SERIES_LIST } from './parameter.js';

/** The stack of series whose call names none. */
const DEFAULT_STACK = '__DEFAULT__';
const LABEL: readonly Parameter[] = [
  { name: 'label', type: 'string' },
  { name: 'color', type: 'string' },
];

/** What series look like where they are drawn. */
export const GRAPH: readonly FunctionDeclaration[] = [
  {
    name: 'alpha',
    group: 'Graph',
    description: 'How opaque the series are, from 0 to 1.',
    params: [SERIES_LIST, { name: 'alpha', type: 'float', required: true }],
    evaluate: (_context, args) => looking(args.series(), { alpha: args.number('alpha') }),
  },
  {
    name: 'areaBetween',
    group: 'Graph',
    description: 'Fills what is between two series.',
    params: [SERIES_LIST],
    evaluate: (_context, args) => {
      const [lower, upper, another] = args.series();
      if (upper === undefined || another !== undefined)
        return refuse('areaBetween: seriesList must be two series');
      const shared = {
        name: `areaBetween(${upper.pathExpression})`,
        tags: withTags(upper.tags, { areaBetween: '1' }),
      };
      return [
        ...looking([{ ...lower, ...shared }], { stacked: true, invisible: true }),
        ...looking([{ ...upper, ...shared }], { stacked: true }),
      ];
    },
  },
  {
    name: 'color',
    group: 'Graph',
    description: 'A colour, by name or as #rrggbb.',
    params: [SERIES_LIST, { name: 'theColor', type: 'string', required: true }],
    evaluate: (_context, args) => looking(args.series(), { color: args.text('theColor') }),
  },
  {
    name: 'dashed',
    group: 'Graph',
    description: 'Dashed lines.',
    params: [SERIES_LIST, { name: 'dashLength', type: 'integer', default: 5 }],
    evaluate: (_context, args) => {
      const dashLength = args.number('dashLength');
      const marked = args.series().map((series) => ({
        ...series,
        name: `dashed(${series.name}, ${formatG(dashLength)})`,
        tags: withTags(series.tags, { dashed: args.text('dashLength') }),
      }));
      return looking(marked, { dashed: dashLength });
    },
  },
  marking('drawAsInfinite', 'A line from bottom to top wherever a value is not zero.'),
  {
    name: 'lineWidth',
    group: 'Graph',
    description: 'How wide lines are, in pixels.',
    params: [SERIES_LIST, { name: 'width', type: 'float', required: true }],
    evaluate: (_context, args) => looking(args.series(), { lineWidth: args.number('width') }),
  },
  marking('secondYAxis', 'Measured by the axis at the right.'),
  {
    name: 'stacked',
    group: 'Graph',
    description: 'Each series on top of those before it, also of those of earlier targets.',
    params: [
      { ...SERIES_LIST, keyword: 'seriesLists' },
      { name: 'stack', keyword: 'stackName', type: 'string', silentDefault: DEFAULT_STACK },
    ],
    evaluate: ({ carried, carry }, args) => {
      const stack = args.text('stack');
      let totals = carried(stack) ?? new Float64Array(0);
      const stacked = args.series().map((series) => {
        totals = added(totals, series.values);
        const values = series.values.map((value, i) => (Number.isNaN(value) ? value : totals[i]));
        if (stack !== DEFAULT_STACK) return { ...series, pathExpression: series.name, values };
        const name = `stacked(${series.name})`;
        const tags = withTags(series.tags, { stacked: stack });
        return { ...series, name, pathExpression: name, tags, values };
      });
      carry(stack, totals);
      return looking(stacked, { stacked: true });
    },
  },
  {
    name: 'threshold',
    group: 'Graph',
    description: 'A line at a value, with a label and a colour.',
    params: [{ name: 'value', type: 'float', required: true }, ...LABEL],
    evaluate: ({ call }, args) => {
      const line = call('constantLine', [args.value('value')]);
      return labelled(line, args);
    },
  },
  {
    name: 'verticalLine',
    group: 'Graph',
    description: 'A line from bottom to top at a time, with a label and a colour.',
    params: [{ name: 'ts', type: 'date', required: true }, ...LABEL],
    evaluate: ({ window, xFilesFactor }, args) => {
      const atS = parseTime(args.string('ts'), window.nowS, window.zone, 'ts');
      if (atS instanceof BadRequest) return refuse(`verticalLine: ${atS.message}`);
      if (atS < window.fromS) refuse(`verticalLine: ts is before the start of the graph`);
      if (atS > window.untilS) refuse(`verticalLine: ts is after the end of the graph`);
      const values = Float64Array.of(1, 1);
      const { name, unnamed } = args.name('label');
      const at = { startS: atS, endS: atS, stepS: 1, values };
      const line = { ...timeSeries({ name, ...at }, name, xFilesFactor), unnamed };
      return labelled(looking([line], { drawAsInfinite: true }), args);
    },
  },
];

type Looks = Readonly<Record<string, string | number | boolean>>;

function looking(all: readonly TimeSeries[], looks: Looks): TimeSeries[] {
  return all.map((series) => {
    const graphOptions = new Map([...series.graphOptions, ...Object.entries(looks)]);
    return { ...series, graphOptions };
  });
}

/** With the label as name, and the colour, where they are given. */
function labelled(all: readonly TimeSeries[], args: Arguments): TimeSeries[] {
  const label = args.isTrue('label') ? args.name('label') : {};
  return looking(
    all.map((series) => ({ ...series, ...label })),
    args.isTrue('color') ? { color: args.text('color') } : {},
  );
}

/** A function that says one thing of its series, and shows it in their names. */
function marking(name: string, description: string): FunctionDeclaration {
  return {
    name,
    group: 'Graph',
    description,
    params: [SERIES_LIST],
    evaluate: (_context, args) => {
      const marked = args.series().map((series) => ({
        ...series,
        name: `${name}(${series.name})`,
        tags: withTags(series.tags, { [name]: '1' }),
      }));
      return looking(marked, { [name]: true });
    },
  };
}

/** The sums by position; null adds nothing. */
function added(totals: Float64Array, values: Float64Array): Float64Array {
  const sums = new Float64Array(Math.max(totals.length, values.length));
  sums.set(totals);
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) sums[i] += values[i];
  return sums;
}
