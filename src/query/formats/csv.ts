import type { TimeSeries } from '../time-series.js';
import type { TimeZone } from '../time-zone.js';
import { TextBytes } from './text-bytes.js';
import { ValueTexts } from './value-texts.js';
import { WallClock } from './wall-clock.js';

const WORDS = { none: '', infinite: 'inf' };

/**
 * Graphite's format `csv`, in the dialect of Excel: a line for each point, `name,2023-11-14 22:04:00,5.0`, with what the
 * clocks of the zone showed.
 */
export function renderCsv(series: readonly TimeSeries[], zone: TimeZone): Buffer {
  const out = new TextBytes();
  const clock = new WallClock(zone);
  for (const { name, unnamed, startS, stepS, values } of series) {
    // As Python's csv has it: what is none has no text.
    const isNone = unnamed?.name === name && unnamed.json === 'null';
    const cell = isNone ? '' : quotedCell(name);
    const texts = new ValueTexts(values, WORDS);
    for (let i = 0; i < values.length; i++) {
      const time = clock.text(startS + i * stepS);
      out.add(`${cell},${time},${texts.at(i)}\r\n`);
    }
  }
  return out.finish();
}

function quotedCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
