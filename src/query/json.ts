import { COLUMN_MAX, columnKernel } from '../protocols/kernel/numbers/column-kernel.js';
import { JsonBuffer } from './json-buffer.js';
import type { TimeSeries } from './time-series.js';

/** What most series take without their points, and what most points take. */
const SERIES_BYTES = 256;
const POINT_BYTES = 26;
const PART_BYTES = 128 * 1024;
const WORDS = { none: 'null', infinite: '1e9999' };
/** Behind a point, before the next one. */
const BETWEEN = ', ';

/**
 * Graphite's answer to `/render?format=json`, to the byte as Python's `json` writes it:
 * `[{"target": "a.b", "tags": {"name": "a.b"}, "datapoints": [[1.0, 1700000000], [null, 1700000060]]}]`.
 * Infinite values are 1e9999, which reads as infinite again.
 *
 * @param noNullPoints leaves out points without a value, and series without points
 */
export function renderJson(series: readonly TimeSeries[], noNullPoints = false): Buffer {
  const points = series.reduce((count, { values }) => count + values.length, 0);
  const out = new JsonBuffer(series.length * SERIES_BYTES + points * POINT_BYTES);
  for (const _ of written(out, series, noNullPoints));
  return out.bytes();
}

/** As `renderJson`, in parts of some 100 KiB, each of which is some milliseconds' work: for answers that are long. */
export function* renderJsonParts(
  series: readonly TimeSeries[],
  noNullPoints: boolean,
): Generator<Buffer> {
  const out = new JsonBuffer(2 * PART_BYTES);
  for (const _ of written(out, series, noNullPoints))
    if (out.length >= PART_BYTES) yield out.taken();
  yield out.taken();
}

/** Yields after every piece of work. */
function* written(
  out: JsonBuffer,
  series: readonly TimeSeries[],
  noNullPoints: boolean,
): Generator<void> {
  const shown = noNullPoints ? series.filter(hasPoints) : series;
  // As graphite-web has it: one series with values brings the empty ones along.
  const all = shown.some(({ values }) => values.length > 0) ? shown : [];
  out.text('[');
  for (let i = 0; i < all.length; i++) {
    if (i > 0) out.text(', ');
    writeHead(out, all[i]);
    yield* writtenPoints(out, all[i], noNullPoints);
    out.text(']}');
    yield;
  }
  out.text(']');
}

function writeHead(out: JsonBuffer, series: TimeSeries): void {
  out.text(`{"target": ${nameJson(series)}, "tags": {`);
  let isFirst = true;
  for (const [tag, value] of series.tags) {
    out.text(`${isFirst ? '' : ', '}${jsonString(tag)}: ${jsonString(value)}`);
    isFirst = false;
  }
  out.text('}, "datapoints": [');
}

function* writtenPoints(
  out: JsonBuffer,
  series: TimeSeries,
  noNullPoints: boolean,
): Generator<void> {
  const { startS, stepS } = series;
  const shown = series.values.subarray(0, shownLength(series));
  let isFirst = true;
  for (let from = 0; from < shown.length; from += COLUMN_MAX) {
    if (from > 0) yield;
    const piece = shown.subarray(from, from + COLUMN_MAX);
    const text = columnKernel().points(piece, WORDS, startS + from * stepS, stepS, noNullPoints);
    if (text.length === 0) continue;
    out.append(isFirst ? text.subarray(BETWEEN.length) : text);
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

/** The name of a series as JSON: nearly always a text. */
export function nameJson({ name, unnamed }: TimeSeries): string {
  return unnamed?.name === name ? unnamed.json : jsonString(name);
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
