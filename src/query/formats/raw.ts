import type { Series } from '../series.js';
import { TextBytes } from './text-bytes.js';
import { type NumberWords, valueText } from './value-text.js';

const WORDS: NumberWords = { none: 'None', infinite: 'inf' };

/** Graphite's format `raw`: a line for each series, `name,start,end,step|value,value,None`. */
export function renderRaw(series: readonly Series[]): Buffer {
  const out = new TextBytes();
  for (const { name, startS, endS, stepS, values } of series) {
    out.add(name).add(`,${startS},${endS},${stepS}|`);
    for (let i = 0; i < values.length; i++) {
      if (i > 0) out.add(',');
      out.add(valueText(values[i], WORDS));
    }
    out.add('\n');
  }
  return out.finish();
}
