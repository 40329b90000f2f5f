import { limited } from '../../src/edge/limited-work.js';
import { BadRequest } from '../../src/query/bad-request.js';
import { consolidate } from '../../src/query/consolidate.js';
import { evaluateTargets } from '../../src/query/evaluate.js';
import type { Need } from '../../src/query/fetched-series.js';
import { FUNCTIONS } from '../../src/query/functions/registry.js';
import { renderJson } from '../../src/query/json.js';
import { parseRenderRequest } from '../../src/query/render-request.js';
import type { Series } from '../../src/query/series.js';
import { UTC } from '../../src/query/time-zone.js';
import { RenderDataset } from './render-dataset.js';

/** When the vectors of `render` were recorded, in seconds. */
export const RENDER_NOW_S = 1_700_000_000;

const dataset = new RenderDataset();

/** The answer to `/render?format=json` with these parameters, by the store behind the vectors. */
export async function renderFromDataset(
  params: readonly (readonly [name: string, value: string])[],
  strict = false,
): Promise<Buffer | BadRequest> {
  const all = (name: string) => params.filter(([key]) => key === name).map(([, value]) => value);
  const request = parseRenderRequest(
    { all, last: (name) => all(name).at(-1), names: () => params.map(([name]) => name) },
    RENDER_NOW_S,
    UTC,
  );
  if (request instanceof BadRequest) return request;
  const limits = {
    seriesMax: 1000,
    pointsMax: 1_000_000,
    bytesMax: 100_000_000,
    callsMax: 10_000,
    remainingMs: () => 1,
    limited: <T>(work: () => T) => limited(work, 1000),
    withinTime: <T>(work: () => T) => work(),
  };
  const options = { ...request, strict, functions: FUNCTIONS, seed: 1, limits };
  const series = await evaluateTargets(request.targets, options, async (needs) =>
    needs.map(fetched),
  );
  if (series instanceof BadRequest) return series;
  const { maxDataPoints, noNullPoints } = request;
  const shown =
    maxDataPoints === undefined || series.length === 0
      ? series
      : consolidate(series, maxDataPoints);
  return renderJson(shown, noNullPoints);
}

function fetched({ source, window }: Need): Series[] {
  const { fromS, untilS, nowS } = window;
  if (source.type === 'events') return dataset.eventSeries(source.tags, fromS, untilS);
  const names =
    source.type === 'path' ? dataset.find(source.path) : dataset.findTagged(source.expressions);
  return names.flatMap((name) => dataset.fetch(name, fromS, untilS, nowS) ?? []);
}
