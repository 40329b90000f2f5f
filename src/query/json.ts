import { JsonBuffer } from './json-buffer.js';
import type { TimeSeries } from './time-series.js';

/** What most series take without their points, and what most points take. */
const SERIES_BYTES = 256;
const POINT_BYTES = 26;

/**
 * Graphite's answer to `/render?format=json`, to the byte as Python's `json` writes it:
 * `[{"target": "a.b", "tags": {"name": "a.b"}, "datapoints": [[1.0, 1700000000], [null, 1700000060]]}]`.
 * Infinite values are 1e9999, which reads as infinite again.
 *
 * @param noNullPoints leaves out points without a value, and series without points
 */
export function renderJson(series: readonly TimeSeries[], noNullPoints = false): Buffer {
  const shown = noNullPoints ? series.filter(hasPoints) : series;
  // As graphite-web has it: one series with values brings the empty ones along.
  const all = shown.some(({ values }) => values.length > 0) ? shown : [];
  const points = all.reduce((count, series) => count + series.values.length, 0);
  const out = new JsonBuffer(all.length * SERIES_BYTES + points * POINT_BYTES);
  out.text('[');
  all.forEach((series, i) => {
    if (i > 0) out.text(', ');
    writeSeries(out, series, noNullPoints);
  });
  out.text(']');
  return out.bytes();
}

function writeSeries(out: JsonBuffer, series: TimeSeries, noNullPoints: boolean): void {
  const { name, startS, stepS, values, tags } = series;
  out.text('{"target": ');
  out.text(jsonString(name));
  out.text(', "tags": {');
  [...tags].forEach(([tag, value], i) => {
    out.text(`${i > 0 ? ', ' : ''}${jsonString(tag)}: ${jsonString(value)}`);
  });
  out.text('}, "datapoints": [');
  const count = shownLength(series);
  if (noNullPoints) writeKnown(out, series, count);
  else out.points(values, startS, stepS, count);
  out.text(']}');
}

function writeKnown(out: JsonBuffer, { values, startS, stepS }: TimeSeries, count: number): void {
  let isFirst = true;
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(values[i])) continue;
    out.point(values[i], startS + i * stepS, isFirst);
    isFirst = false;
  }
}

/** Values after the end of a series are not shown: graphite-web pairs them with times up to the end. */
function shownLength({ startS, endS, stepS, values }: TimeSeries): number {
  return Math.min(values.length, Math.max(0, Math.floor((endS - startS) / stepS) + 1));
}

function hasPoints(series: TimeSeries): boolean {
  return series.values.some((value) => !Number.isNaN(value));
}

/** What JSON writes as it is: nearly all names. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A text as JSON, with all that is not printable ASCII escaped, as by Python. */
export function jsonString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
