import { BadRequest, quoted } from '../bad-request.js';
import { consolidate } from '../consolidate.js';
import { renderJson, renderJsonParts } from '../json.js';
import type { RenderRequest } from '../render-request.js';
import type { TimeSeries } from '../time-series.js';
import { underAskedExpressions } from './asked-expressions.js';
import { renderCsv } from './csv.js';
import { renderDygraph } from './dygraph.js';
import { renderMsgpack } from './msgpack.js';
import { renderPickle } from './pickle.js';
import { prettyJson } from './pretty-json.js';
import { renderRaw } from './raw.js';
import { renderRickshaw } from './rickshaw.js';

/** An answer as it goes out. */
export interface Formatted {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Formats of `/render` that are written; what is none of them, and no protocol of carbonapi, is drawn. */
export const WRITTEN_FORMATS = [
  'json',
  'csv',
  'raw',
  'pickle',
  'msgpack',
  'dygraph',
  'rickshaw',
] as const;
export type WrittenFormat = (typeof WRITTEN_FORMATS)[number];

export function isWrittenFormat(text: string | undefined): text is WrittenFormat {
  return WRITTEN_FORMATS.includes(text as WrittenFormat);
}

/** What a request says of the form of its answer. */
export interface FormatOptions {
  readonly pretty: boolean;
  /** The function to call with JSON, for pages that load it as a script. */
  readonly jsonp: string | undefined;
  /** The texts of the targets, as other query servers sent them. */
  readonly targets: readonly string[];
}

/** A name of JavaScript, or several with dots between: anything else could be a script of its own. */
const CALLBACK = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*$/;
const CALLBACK_LENGTH_MAX = 200;

/** Checks the parameter `jsonp`. An empty one is taken for a name, as in graphite-web: JSON in brackets is a script too. */
export function parseCallback(text: string | undefined): string | undefined | BadRequest {
  if (!text || (CALLBACK.test(text) && text.length <= CALLBACK_LENGTH_MAX)) return text;
  return new BadRequest('jsonp', `${quoted(text)} is no name of a function`);
}

/** The series of a request in one of the written formats. */
export function formatSeries(
  format: WrittenFormat,
  series: readonly TimeSeries[],
  request: RenderRequest,
  options: FormatOptions,
): Formatted | BadRequest {
  switch (format) {
    case 'json':
      return asJson(renderJson(shortened(series, request), request.noNullPoints), options);
    case 'dygraph': {
      const body = renderDygraph(series);
      return body instanceof BadRequest ? body : asJson(body, { ...options, pretty: false });
    }
    case 'rickshaw':
      return asJson(renderRickshaw(series), options);
    case 'csv':
      return { contentType: 'text/csv', body: renderCsv(series, request.window.zone) };
    case 'raw':
      return { contentType: 'text/plain', body: renderRaw(series) };
    case 'pickle':
      return { contentType: 'application/pickle', body: renderPickle(asked(series, options)) };
    case 'msgpack':
      return { contentType: 'application/x-msgpack', body: renderMsgpack(asked(series, options)) };
  }
}

/**
 * Points of an answer that is written in parts, so that neither its bytes nor the time for them are taken at once. Shorter ones
 * may be remembered.
 */
const LONG_POINTS = 600_000;

/** The parts of a long answer; undefined where it is better written as a whole. */
export function longAnswer(
  format: WrittenFormat,
  series: readonly TimeSeries[],
  request: RenderRequest,
  { pretty, jsonp }: FormatOptions,
): Generator<Buffer> | undefined {
  if (format !== 'json' || pretty || jsonp !== undefined) return undefined;
  if (pointsOf(series) < LONG_POINTS) return undefined;
  const shown = shortened(series, request);
  return pointsOf(shown) < LONG_POINTS ? undefined : renderJsonParts(shown, request.noNullPoints);
}

function pointsOf(series: readonly TimeSeries[]): number {
  return series.reduce((count, { values }) => count + values.length, 0);
}

function asked(series: readonly TimeSeries[], { targets }: FormatOptions): readonly TimeSeries[] {
  return underAskedExpressions(series, targets);
}

/** Only JSON is shortened to `maxDataPoints`, as in graphite-web. */
function shortened(
  series: readonly TimeSeries[],
  { maxDataPoints }: RenderRequest,
): readonly TimeSeries[] {
  if (maxDataPoints === undefined || series.length === 0) return series;
  return consolidate(series, maxDataPoints);
}

/** JSON as it was asked for: over several lines, or as the argument of a function of the page. */
export function asJson(
  compact: Buffer,
  { pretty, jsonp }: Pick<FormatOptions, 'pretty' | 'jsonp'>,
): Formatted {
  const body = pretty ? prettyJson(compact) : compact;
  if (jsonp === undefined) return { contentType: 'application/json', body };
  const called = Buffer.concat([Buffer.from(`${jsonp}(`), body, Buffer.from(')')]);
  return { contentType: 'text/javascript', body: called };
}
