import type { EChartsCoreOption } from 'echarts/core.js';
import type { GraphOptions } from '../../query/formats/graph-options.js';
import { WallClock } from '../../query/formats/wall-clock.js';
import { timeZone, UTC } from '../../query/time-zone.js';
import { AxisUnit } from './axis-unit.js';
import { colourOf, frame, frameEdges, labelText } from './chart-parts.js';
import type { Drawing, DrawnSeries } from './drawing.js';

/** Labels of times, by the coarsest unit that changes there. */
const TIME_LABELS = {
  year: '{yyyy}',
  month: '{MMM}',
  day: '{MM}/{dd}',
  hour: '{HH}:{mm}',
  minute: '{HH}:{mm}',
  second: '{HH}:{mm}:{ss}',
  millisecond: '{HH}:{mm}:{ss}',
};

/** Lines over time, as graphite's graph type `line`. */
export function lineChart({ graph, series, zone }: Drawing): EChartsCoreOption {
  const clock = new WallClock(timeZone(zone) ?? UTC);
  const names = series.filter(({ looks }) => looks.invisible !== true).map(({ name }) => name);
  const isSecond = series.map(({ looks }) => looks.secondYAxis === true);
  const heights = heightsOf(series, graph);
  const unitOf = (second: boolean) => {
    const measured = series.filter((one, at) => isSecond[at] === second && !isUpright(one));
    return new AxisUnit(
      measured.map(({ values }) => values),
      graph,
    );
  };
  const units = [unitOf(false), ...(isSecond.includes(true) ? [unitOf(true)] : [])];
  const isStaircase =
    graph.lineMode === 'staircase' ||
    (graph.lineMode === 'slope' && series.some(({ values }) => values.length === 1));
  return {
    ...frame(graph, names),
    useUTC: true,
    grid: {
      ...frameEdges(graph, names),
      left: graph.margin + (graph.vtitle === '' ? 0 : 2 * graph.fontSize),
      right: graph.margin,
      outerBoundsMode: 'same',
    },
    xAxis: timeAxis(graph, series, clock, isStaircase),
    yAxis: units.map((unit, at) => valueAxis(graph, unit, at === 0)),
    series: series.map((one, at) => ({
      ...line(one, at, graph, isStaircase),
      yAxisIndex: isSecond[at] ? 1 : 0,
      ...(isUpright(one)
        ? { markLine: uprights(one, clock) }
        : { data: points(one, heights[at], units[isSecond[at] ? 1 : 0], clock, graph) }),
    })),
  };
}

function timeAxis(
  graph: GraphOptions,
  series: readonly DrawnSeries[],
  clock: WallClock,
  isStaircase: boolean,
): object {
  const ends = series.map(({ endS, stepS }) => (isStaircase ? endS : endS - stepS));
  return {
    type: 'time',
    min: clock.wallS(Math.min(...series.map(({ startS }) => startS))) * 1000,
    max: clock.wallS(Math.max(...ends)) * 1000,
    show: !graph.hideXAxis,
    ...axisLooks(graph),
    axisLabel: { ...axisLooks(graph).axisLabel, formatter: TIME_LABELS },
  };
}

function valueAxis(graph: GraphOptions, unit: AxisUnit, isLeft: boolean): object {
  const { yMin, yMax, yUnitSystem } = graph;
  return {
    type: graph.logBase === undefined ? 'value' : 'log',
    logBase: graph.logBase ?? 10,
    scale: graph.areaMode === 'none',
    min: yMin === undefined ? undefined : unit.inChart(yMin),
    max: yMax === undefined ? undefined : unit.inChart(yMax),
    show: !graph.hideYAxis,
    name: isLeft ? graph.vtitle : '',
    nameLocation: 'middle',
    ...axisLooks(graph),
    axisLabel: {
      ...axisLooks(graph).axisLabel,
      formatter: (value: number) => labelText(unit.ofTick(value), yUnitSystem),
    },
  };
}

function axisLooks({ fgcolor, majorGridLineColor, hideGrid, fontSize }: GraphOptions) {
  return {
    axisLine: { show: true, lineStyle: { color: fgcolor } },
    axisTick: { lineStyle: { color: fgcolor } },
    axisLabel: { color: fgcolor, fontSize, hideOverlap: true },
    nameTextStyle: { color: fgcolor, fontSize },
    splitLine: { show: !hideGrid, lineStyle: { color: majorGridLineColor, width: 0.5 } },
  };
}

function line(series: DrawnSeries, at: number, graph: GraphOptions, isStaircase: boolean): object {
  const { name, looks } = series;
  const colour = colourOf(series, at, graph);
  const isStacked = graph.areaMode === 'stacked' || looks.stacked === true;
  const isArea = isStacked || graph.areaMode === 'all' || (graph.areaMode === 'first' && at === 0);
  const alpha = numberOf(looks.alpha, graph.areaMode === 'none' ? 1 : graph.areaAlpha);
  const isInvisible = looks.invisible === true;
  return {
    name,
    type: 'line',
    showSymbol: series.values.length === 1,
    connectNulls: graph.lineMode === 'connected',
    ...(isStaircase ? { step: 'end' } : {}),
    ...(isStacked ? { stack: axisOf(series), stackStrategy: 'all' } : {}),
    itemStyle: { color: colour },
    lineStyle: {
      color: colour,
      width: isInvisible ? 0 : numberOf(looks.lineWidth, graph.lineWidth),
      opacity: isInvisible ? 0 : isArea ? 1 : alpha,
      ...(looks.dashed === undefined ? {} : { type: [numberOf(looks.dashed, 5)] }),
    },
    ...(isArea ? { areaStyle: { color: colour, opacity: isInvisible ? 0 : alpha } } : {}),
  };
}

function isUpright({ looks }: DrawnSeries): boolean {
  return looks.drawAsInfinite === true;
}

/** A line from bottom to top at each time with a value above 0. */
function uprights({ startS, stepS, values }: DrawnSeries, clock: WallClock): object {
  const times = [...values.keys()].filter((i) => values[i] > 0).map((i) => startS + i * stepS);
  return {
    silent: true,
    symbol: 'none',
    label: { show: false },
    lineStyle: { type: 'solid' },
    data: times.map((timeS) => ({ xAxis: clock.wallS(timeS) * 1000 })),
  };
}

function axisOf({ looks }: DrawnSeries): string {
  return looks.secondYAxis === true ? 'second' : 'first';
}

/**
 * How far each series reaches above what it is stacked on. The values that `stacked` and `areaBetween` give
 * are measured from the axis, and the chart counts them from the series below.
 */
function heightsOf(
  series: readonly DrawnSeries[],
  { areaMode, drawNullAsZero }: GraphOptions,
): readonly Float64Array[] {
  const tops = new Map<string, Float64Array>();
  const length = Math.max(0, ...series.map(({ values }) => values.length));
  return series.map((one) => {
    if (one.looks.stacked !== true || areaMode === 'stacked') return one.values;
    const top = tops.get(axisOf(one)) ?? new Float64Array(length);
    tops.set(axisOf(one), top);
    return one.values.map((value, i) => {
      const shown = Number.isNaN(value) && drawNullAsZero ? 0 : value;
      const height = shown - top[i];
      if (Number.isFinite(shown)) top[i] = shown;
      return height;
    });
  });
}

/** Points at what the clocks of the zone show; null where there is no value. */
function points(
  { startS, stepS }: DrawnSeries,
  heights: Float64Array,
  unit: AxisUnit,
  clock: WallClock,
  { drawNullAsZero }: GraphOptions,
): [number, number | null][] {
  const none = drawNullAsZero ? 0 : null;
  return Array.from(heights, (value, i) => [
    clock.wallS(startS + i * stepS) * 1000,
    Number.isFinite(value) ? unit.inChart(value) : none,
  ]);
}

function numberOf(text: unknown, without: number): number {
  const value = Number(text ?? Number.NaN);
  return Number.isFinite(value) ? value : without;
}
