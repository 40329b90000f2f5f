import { jsonString } from '../json.js';
import type { Series } from '../series.js';
import { TextBytes } from './text-bytes.js';
import { type NumberWords, valueText } from './value-text.js';

const WORDS: NumberWords = { none: 'null', infinite: 'Infinity' };

/** Graphite's format `rickshaw`: `[{"target": "a", "datapoints": [{"x": 1700000000, "y": 5.0}]}]`. */
export function renderRickshaw(series: readonly Series[]): Buffer {
  const out = new TextBytes().add('[');
  series.forEach(({ name, startS, endS, stepS, values }, at) => {
    // As graphite-web has it: what begins at the end of a series, or after it, is not shown.
    const count = Math.min(values.length, Math.ceil((endS - startS) / stepS));
    out.add(`${at > 0 ? ', ' : ''}{"target": ${jsonString(name)}, "datapoints": [`);
    for (let i = 0; i < count; i++) {
      const y = valueText(values[i], WORDS);
      out.add(`${i > 0 ? ', ' : ''}{"x": ${startS + i * stepS}, "y": ${y}}`);
    }
    out.add(']}');
  });
  return out.add(']').finish();
}
