import type { EChartsCoreOption } from 'echarts/core.js';
import type { GraphOptions } from '../../query/formats/graph-options.js';
import { colourOf, frame, frameEdges, labelText } from './chart-parts.js';
import type { Drawing } from './drawing.js';

/** A slice for each series, as graphite's graph type `pie`: its average, maximum or minimum. */
export function pieChart({ graph, series }: Drawing): EChartsCoreOption {
  const names = series.map(({ name }) => name);
  const edges = frameEdges(graph, names);
  return {
    ...frame(graph, names),
    series: [
      {
        type: 'pie',
        ...edges,
        radius: '70%',
        label: {
          color: graph.fgcolor,
          fontSize: graph.fontSize,
          formatter: ({ value }: { value: number }) => labelText(value, graph.yUnitSystem),
        },
        data: series.map((one, at) => ({
          name: one.name,
          value: Math.max(0, sizeOf(one.values, graph.pieMode)),
          itemStyle: { color: colourOf(one, at, graph) },
        })),
      },
    ],
  };
}

/** 0 where no value is known. */
function sizeOf(values: Float64Array, mode: GraphOptions['pieMode']): number {
  const known = values.filter((value) => Number.isFinite(value));
  if (known.length === 0) return 0;
  if (mode === 'maximum') return known.reduce((a, b) => Math.max(a, b));
  if (mode === 'minimum') return known.reduce((a, b) => Math.min(a, b));
  return known.reduce((a, b) => a + b) / known.length;
}
