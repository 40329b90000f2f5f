import type { EChartsCoreOption } from 'echarts/core.js';
import { parseColour } from '../../query/formats/colour.js';
import type { GraphOptions } from '../../query/formats/graph-options.js';
import type { DrawnSeries } from './drawing.js';

/** The fonts that the rasteriser has; who shows an SVG takes what is there. */
export const FONT_FAMILY = 'DejaVu Sans, sans-serif';
/** Width of a character of DejaVu Sans, on average of those in names, in parts of its height. */
const CHARACTER_WIDTH = 0.61;
/** A legend with more entries than this is left out unless it is asked for. */
const LEGEND_ENTRIES_MAX = 10;
const LEGEND_LINE_PX = 16;

const UNITS: Readonly<Record<GraphOptions['yUnitSystem'], readonly [string, number][]>> = {
  si: ['k', 'M', 'G', 'T', 'P'].map((unit, i) => [unit, 1000 ** (i + 1)]),
  binary: ['Ki', 'Mi', 'Gi', 'Ti', 'Pi'].map((unit, i) => [unit, 1024 ** (i + 1)]),
  none: [],
};

/** A number as a label shows it: `1.5 M`. */
export function labelText(value: number, system: GraphOptions['yUnitSystem']): string {
  const unit = UNITS[system].findLast(([, size]) => Math.abs(value) >= size);
  const shown = unit ? value / unit[1] : value;
  const text = String(Number(shown.toPrecision(6)));
  return unit ? `${text} ${unit[0]}` : text;
}

/** What a text takes in a font such as `12px sans-serif`. Nothing measures it here before it is drawn. */
export function textWidthPx(text: string, font: string): number {
  return text.length * CHARACTER_WIDTH * Number.parseFloat(/[\d.]+(?=px)/.exec(font)?.[0] ?? '12');
}

/** The colour of a series: its own, else the next of the list. */
export function colourOf(series: DrawnSeries, at: number, { colorList }: GraphOptions): string {
  return parseColour(String(series.looks.color ?? '')) ?? colorList[at % colorList.length];
}

/** What all drawings have: background, texts, legend. */
export function frame(graph: GraphOptions, names: readonly string[]): EChartsCoreOption {
  const { fgcolor, fontSize, width } = graph;
  const textStyle = { color: fgcolor, fontFamily: FONT_FAMILY, fontSize };
  return {
    animation: false,
    backgroundColor: graph.bgcolor,
    textStyle,
    title: {
      text: graph.title,
      left: 'center',
      top: graph.margin,
      textStyle: { ...textStyle, fontSize: fontSize + 2, fontWeight: 'normal' },
    },
    legend: {
      show: showsLegend(graph, names),
      data: [...new Set(names)],
      bottom: graph.margin,
      left: graph.margin,
      width: width - 2 * graph.margin,
      icon: 'rect',
      itemWidth: fontSize,
      itemHeight: fontSize,
      itemGap: 6,
      textStyle,
    },
  };
}

/** Pixels between the drawing's edges and its axes, without their labels. */
export function frameEdges(
  graph: GraphOptions,
  names: readonly string[],
): { top: number; bottom: number } {
  const { margin, fontSize } = graph;
  const top = margin + (graph.title === '' ? 0 : 2 * fontSize);
  if (!showsLegend(graph, names)) return { top, bottom: margin };
  const widthPx = names.reduce(
    (sum, name) => sum + (name.length + 4) * fontSize * CHARACTER_WIDTH,
    0,
  );
  const lines = Math.ceil(widthPx / Math.max(1, graph.width - 2 * margin));
  const legendPx = Math.min(lines * LEGEND_LINE_PX, graph.height / 2);
  return { top, bottom: margin + legendPx + fontSize / 2 };
}

function showsLegend({ hideLegend }: GraphOptions, names: readonly string[]): boolean {
  return !(hideLegend ?? names.length > LEGEND_ENTRIES_MAX);
}
