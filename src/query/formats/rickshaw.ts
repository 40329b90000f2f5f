import { nameJson } from '../json.js';
import type { TimeSeries } from '../time-series.js';
import { TextBytes } from './text-bytes.js';
import { ValueTexts } from './value-texts.js';

const WORDS = { none: 'null', infinite: 'Infinity' };

/** Graphite's format `rickshaw`: `[{"target": "a", "datapoints": [{"x": 1700000000, "y": 5.0}]}]`. */
export function renderRickshaw(series: readonly TimeSeries[]): Buffer {
  const out = new TextBytes().add('[');
  series.forEach((one, at) => {
    const { startS, endS, stepS, values } = one;
    // As graphite-web has it: what begins at the end of a series, or after it, is not shown.
    const count = Math.min(values.length, Math.ceil((endS - startS) / stepS));
    out.add(`${at > 0 ? ', ' : ''}{"target": ${nameJson(one)}, "datapoints": [`);
    const texts = new ValueTexts(values, WORDS);
    for (let i = 0; i < count; i++)
      out.add(`${i > 0 ? ', ' : ''}{"x": ${startS + i * stepS}, "y": ${texts.at(i)}}`);
    out.add(']}');
  });
  return out.add(']').finish();
}
