import { COLUMN_MAX, columnKernel } from '../../protocols/kernel/numbers/column-kernel.js';
import type { Series } from '../series.js';
import { TextBytes } from './text-bytes.js';

const COMMA = 0x2c;
const WORDS = { none: 'None', infinite: 'inf' };

/** Graphite's format `raw`: a line for each series, `name,start,end,step|value,value,None`. */
export function renderRaw(series: readonly Series[]): Buffer {
  const out = new TextBytes();
  for (const { name, startS, endS, stepS, values } of series) {
    out.add(name).add(`,${startS},${endS},${stepS}|`);
    for (let from = 0; from < values.length; from += COLUMN_MAX) {
      const text = columnKernel().values(values.subarray(from, from + COLUMN_MAX), WORDS, COMMA);
      const isLast = from + COLUMN_MAX >= values.length;
      out.bytes(isLast ? text.subarray(0, -1) : text);
    }
    out.add('\n');
  }
  return out.finish();
}
