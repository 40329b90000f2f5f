import { expect } from 'chai';
import { BadRequest } from '../../src/query/bad-request.js';
import { consolidate } from '../../src/query/consolidate.js';
import { renderJson } from '../../src/query/json.js';
import { overlay, overlayRolledUp } from '../../src/query/merge.js';
import { parseRenderRequest } from '../../src/query/render-request.js';
import type { Series } from '../../src/query/series.js';
import { parseTarget } from '../../src/query/target.js';
import { timeSeries } from '../../src/query/time-series.js';
import { UTC } from '../../src/query/time-zone.js';
import { conformance, number } from '../support/conformance.js';
import { RenderDataset } from '../support/render-dataset.js';

interface RenderRow {
  path: string;
  /** Points that are not on disk yet. */
  cache?: Record<string, [timestamp: number, value: number | null][]>;
  params: [name: string, value: string][];
  status: number;
  compare: string;
  body?: { target: string; tags: object; datapoints: [value: unknown, timestamp: number][] }[];
  bodyText?: string;
}

const NOW_S = 1_700_000_000;
const dataset = new RenderDataset();

/** The answer to `/render` in the format json, for targets without functions. */
function answer({ params, cache = {} }: RenderRow): Buffer | BadRequest {
  const all = (name: string) => params.filter(([key]) => key === name).map(([, value]) => value);
  const parameters = { all, last: (name: string) => all(name).at(-1), names: () => [] };
  const request = parseRenderRequest(parameters, NOW_S, UTC);
  if (request instanceof BadRequest) return request;
  const { fromS, untilS, nowS } = request.window;
  const series = request.targets
    .flatMap((target) => (target.type === 'path' ? dataset.find(target.path) : []))
    .flatMap((name) => dataset.fetch(name, fromS, untilS, nowS) ?? []);
  for (const one of series) overlayQueued(one, cache[one.name] ?? []);
  const { maxDataPoints, xFilesFactor, noNullPoints } = request;
  const rendered = series.map((one) => timeSeries(one, one.name, xFilesFactor));
  const shown = maxDataPoints === undefined ? rendered : consolidate(rendered, maxDataPoints);
  return renderJson(shown, noNullPoints);
}

function overlayQueued(series: Series, points: [number, number | null][]): void {
  const timestamps = Float64Array.from(points, ([timestamp]) => timestamp);
  const values = Float64Array.from(points, ([, value]) => value ?? Number.NaN);
  const finestStepS = dataset.finestStepS(series.name);
  if (series.stepS === finestStepS) {
    overlay(series, timestamps, values, points.length);
  } else {
    const aggregate = (some: readonly number[]) => dataset.aggregate(series.name, some);
    overlayRolledUp(series, timestamps, values, points.length, finestStepS, aggregate);
  }
}

function isJsonOfPaths({ path, params }: RenderRow): boolean {
  const targets = params.filter(([key]) => key.startsWith('target')).map(([, value]) => value);
  const isJson = params.some(([key, value]) => key === 'format' && value === 'json');
  const isGraph = params.some(([key]) => key === 'graphType' || key === 'cacheTimeout');
  const hasCalls = targets
    .map(parseTarget)
    .some((target) => target !== null && !('path' in target));
  return path === '/render' && isJson && !isGraph && !hasCalls;
}

function check(row: RenderRow): void {
  const body = answer(row);
  if (row.status >= 400) {
    expect(body).to.be.instanceOf(BadRequest);
    return;
  }
  if (body instanceof BadRequest) throw new Error(body.message);
  const jsonp = row.params.find(([key]) => key === 'jsonp')?.[1];
  if (row.compare === 'text') {
    expect(jsonp === undefined ? `${body}` : `${jsonp}(${body})`).to.equal(row.bodyText);
    return;
  }
  const wanted = (row.body ?? []).map((series) => ({
    ...series,
    datapoints: series.datapoints.map(([value, timestamp]) => [
      value === null ? null : number(value),
      timestamp,
    ]),
  }));
  expect(JSON.parse(`${body}`)).to.deep.equal(wanted);
}

conformance<RenderRow>('render/formats.jsonl', check, isJsonOfPaths);
conformance<RenderRow>('render/carbonlink.jsonl', check, isJsonOfPaths);
