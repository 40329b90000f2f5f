import type { Clock } from '../ports/clock.js';

/** A millisecond's work: long names that begin alike take a microsecond for each that they are compared with. */
const SORTED_AT_ONCE = 250;
const MERGED_AT_ONCE = 1_000;

/** The texts by their code units, each once. Others have their turn meanwhile where they are many. */
export async function sortedOnce(texts: readonly string[], clock: Clock): Promise<string[]> {
  let runs: string[][] = [];
  for (let at = 0; at < texts.length; at += SORTED_AT_ONCE) {
    if (at > 0) await clock.yieldNow();
    runs.push(onceEach(texts.slice(at, at + SORTED_AT_ONCE).sort()));
  }
  while (runs.length > 1) {
    const longer: string[][] = [];
    for (let i = 0; i < runs.length; i += 2)
      longer.push(i + 1 < runs.length ? await merged(runs[i], runs[i + 1], clock) : runs[i]);
    runs = longer;
  }
  return runs[0] ?? [];
}

/** Two sorted lists as one. */
async function merged(a: readonly string[], b: readonly string[], clock: Clock): Promise<string[]> {
  const all: string[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const isFromB = i === a.length || (j < b.length && b[j] < a[i]);
    const text = isFromB ? b[j++] : a[i++];
    if (text !== all.at(-1)) all.push(text);
    if (all.length % MERGED_AT_ONCE === 0) await clock.yieldNow();
  }
  return all;
}

function onceEach(sorted: readonly string[]): string[] {
  return sorted.filter((text, i) => text !== sorted[i - 1]);
}
