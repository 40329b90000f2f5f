import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { LineChart, PieChart } from 'echarts/charts.js';
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
} from 'echarts/components.js';
import { type EChartsCoreOption, init, setPlatformAPI, use } from 'echarts/core.js';
import { SVGRenderer } from 'echarts/renderers.js';
import { FONT_FAMILY, textWidthPx } from './chart-parts.js';
import type { Drawing } from './drawing.js';
import { lineChart } from './line-chart.js';
import { pieChart } from './pie-chart.js';

use([
  LineChart,
  PieChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  SVGRenderer,
]);
setPlatformAPI({ measureText: (text, font) => ({ width: textWidthPx(text, font ?? '') }) });

const FONT_FILE = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');

/** The task of a drawing worker: the bytes of an SVG or a PNG. */
export default function draw(drawing: Drawing): Uint8Array {
  const svg = drawSvg(drawing);
  if (drawing.format === 'svg') return Buffer.from(svg);
  const font = { fontFiles: [FONT_FILE], loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' };
  return new Resvg(withSheets(svg, drawing.graph), { font }).render().asPng();
}

/**
 * With a sheet that nobody sees, as large as the drawing, below all that is clipped: the rasteriser ends the whole
 * process where nothing of it lies within the drawing, as with values beyond `yMax`.
 */
function withSheets(svg: string, { width, height }: Drawing['graph']): string {
  const sheet = `<path d="M0 0H${width}V${height}H0Z" fill="#fff" fill-opacity="0"/>`;
  return svg.replace(/<g clip-path="[^"]*">/g, (group) => group + sheet);
}

function drawSvg(drawing: Drawing): string {
  const { width, height } = drawing.graph;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(chartOf(drawing));
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function chartOf(drawing: Drawing): EChartsCoreOption {
  if (drawing.series.every(({ values }) => values.length === 0)) return noData(drawing);
  return drawing.graphType === 'pie' ? pieChart(drawing) : lineChart(drawing);
}

function noData({ graph }: Drawing): EChartsCoreOption {
  return {
    backgroundColor: graph.bgcolor,
    title: {
      text: 'No Data',
      left: 'center',
      top: 'middle',
      textStyle: { color: '#c80032', fontFamily: FONT_FAMILY, fontWeight: 'normal' },
    },
  };
}
