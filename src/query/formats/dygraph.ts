import { BadRequest } from '../bad-request.js';
import { jsonString } from '../json.js';
import type { Series } from '../series.js';
import { TextBytes } from './text-bytes.js';
import { type NumberWords, valueText } from './value-text.js';

const WORDS: NumberWords = { none: 'null', infinite: 'Infinity' };

/**
 * Graphite's format `dygraph`, a table: `{"labels" : ["Time", "a"], "data" : [[1700000000000, 5.0]]}`, the times in
 * milliseconds. Series of different lengths have no common table and are refused, as in graphite-web. Infinite values are
 * written so that JavaScript reads them; JSON has none.
 */
export function renderDygraph(series: readonly Series[]): Buffer | BadRequest {
  const out = new TextBytes();
  if (series.length === 0) return out.add('{}').finish();
  const [{ startS, stepS, values: first }] = series;
  if (series.some(({ values }) => values.length !== first.length)) {
    return new BadRequest('format', 'dygraph needs series of one step and length: try json');
  }
  const labels = ['Time', ...series.map(({ name }) => name)].map(jsonString);
  out.add(`{"labels" : [${labels.join(', ')}], "data" : [`);
  for (let i = 0; i < first.length; i++) {
    out.add(`${i > 0 ? ', ' : ''}[${startS + i * stepS}000`);
    for (const { values } of series) out.add(`, ${valueText(values[i], WORDS)}`);
    out.add(']');
  }
  return out.add(']}').finish();
}
