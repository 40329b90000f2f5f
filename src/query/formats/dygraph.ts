import { COLUMN_MAX } from '../../protocols/kernel/numbers/column-kernel.js';
import { BadRequest } from '../bad-request.js';
import { nameJson } from '../json.js';
import type { TimeSeries } from '../time-series.js';
import { TextBytes } from './text-bytes.js';
import { ValueTexts } from './value-texts.js';

const WORDS = { none: 'null', infinite: 'Infinity' };
/** Texts of values that are kept for the rows to come: of each series some. */
const TEXTS_MAX = 65_536;
const AHEAD_MIN = 16;

/**
 * Graphite's format `dygraph`, a table: `{"labels" : ["Time", "a"], "data" : [[1700000000000, 5.0]]}`, the times in
 * milliseconds. Series of different lengths have no common table and are refused, as in graphite-web. Infinite values are
 * written so that JavaScript reads them; JSON has none.
 */
export function renderDygraph(series: readonly TimeSeries[]): Buffer | BadRequest {
  const out = new TextBytes();
  if (series.length === 0) return out.add('{}').finish();
  const [{ startS, stepS, values: first }] = series;
  if (series.some(({ values }) => values.length !== first.length)) {
    return new BadRequest('format', 'dygraph needs series of one step and length: try json');
  }
  const labels = ['"Time"', ...series.map(nameJson)];
  out.add(`{"labels" : [${labels.join(', ')}], "data" : [`);
  const ahead = Math.max(AHEAD_MIN, Math.min(COLUMN_MAX, Math.floor(TEXTS_MAX / series.length)));
  const columns = series.map(({ values }) => new ValueTexts(values, WORDS, ahead));
  for (let i = 0; i < first.length; i++) {
    out.add(`${i > 0 ? ', ' : ''}[${startS + i * stepS}000`);
    for (const column of columns) out.add(`, ${column.at(i)}`);
    out.add(']');
  }
  return out.add(']}').finish();
}
