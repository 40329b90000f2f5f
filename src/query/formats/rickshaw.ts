import { jsonString } from '../json.js';
import type { Series } from '../series.js';
import { TextBytes } from './text-bytes.js';
import { ValueTexts } from './value-texts.js';

const WORDS = { none: 'null', infinite: 'Infinity' };

/** Graphite's format `rickshaw`: `[{"target": "a", "datapoints": [{"x": 1700000000, "y": 5.0}]}]`. */
export function renderRickshaw(series: readonly Series[]): Buffer {
  const out = new TextBytes().add('[');
  series.forEach(({ name, startS, endS, stepS, values }, at) => {
    // As graphite-web has it: what begins at the end of a series, or after it, is not shown.
    const count = Math.min(values.length, Math.ceil((endS - startS) / stepS));
    out.add(`${at > 0 ? ', ' : ''}{"target": ${jsonString(name)}, "datapoints": [`);
    const texts = new ValueTexts(values, WORDS);
    for (let i = 0; i < count; i++)
      out.add(`${i > 0 ? ', ' : ''}{"x": ${startS + i * stepS}, "y": ${texts.at(i)}}`);
    out.add(']}');
  });
  return out.add(']').finish();
}
