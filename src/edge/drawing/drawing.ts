import { CarbonbusError } from '../../errors.js';
import { consolidate } from '../../query/consolidate.js';
import type { AnswerForm } from '../../query/formats/answer-form.js';
import type { TimeSeries } from '../../query/time-series.js';

/** What the answer to a request for a drawing shall be. */
export type DrawnForm = Extract<AnswerForm, { kind: 'drawn' }>;

/** A series as it is drawn. */
export interface DrawnSeries {
  readonly name: string;
  readonly startS: number;
  readonly endS: number;
  readonly stepS: number;
  readonly values: Float64Array;
  /** What functions have said of it: `color`, `lineWidth`, `dashed`, `alpha`, `stacked`, `secondYAxis`, ... */
  readonly looks: Readonly<Record<string, string | number | boolean>>;
}

/** What a worker is asked to draw: plain values, which go from thread to thread. */
export interface Drawing extends Omit<DrawnForm, 'kind' | 'jsonp'> {
  readonly series: readonly DrawnSeries[];
  /** Name of the time zone of the labels. */
  readonly zone: string;
}

const DRAWN_SERIES_MAX = 1_000;

/**
 * The drawing of some series, with no more points than pixels.
 *
 * @throws CarbonbusError `TOO_MANY_SERIES`
 */
export function drawingOf(
  { format, graphType, graph }: DrawnForm,
  series: readonly TimeSeries[],
  zone: string,
): Drawing {
  if (series.length > DRAWN_SERIES_MAX) {
    const why = `${series.length} series are more than a drawing shows (${DRAWN_SERIES_MAX}): narrow the targets`;
    throw new CarbonbusError('TOO_MANY_SERIES', why);
  }
  const fitting = series.length > 0 && graph.width > 1 ? consolidate(series, graph.width) : series;
  const drawn = fitting.map(({ name, startS, endS, stepS, values, graphOptions }) => ({
    name,
    startS,
    endS,
    stepS,
    values: values.slice(),
    looks: Object.fromEntries(graphOptions),
  }));
  return { format, graphType, graph, series: drawn, zone };
}
