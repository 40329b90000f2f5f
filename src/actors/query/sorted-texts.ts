import type { Turns } from '../../query/evaluation.js';

/** A fraction of a millisecond's work: long names that begin alike take a microsecond for each that they are compared with. */
const SORTED_AT_ONCE = 100;
const MERGED_AT_ONCE = 250;

/** The texts by their code units, each once. Others have their turn meanwhile where they are many. */
export async function sortedOnce(texts: readonly string[], turns: Turns): Promise<string[]> {
  let runs: string[][] = [];
  for (let at = 0; at < texts.length; at += SORTED_AT_ONCE) {
    if (turns.isOver()) await turns.next();
    runs.push(onceEach(texts.slice(at, at + SORTED_AT_ONCE).sort()));
  }
  while (runs.length > 1) {
    const longer: string[][] = [];
    for (let i = 0; i < runs.length; i += 2)
      longer.push(i + 1 < runs.length ? await merged(runs[i], runs[i + 1], turns) : runs[i]);
    runs = longer;
  }
  return runs[0] ?? [];
}

/** Two sorted lists as one. */
async function merged(a: readonly string[], b: readonly string[], turns: Turns): Promise<string[]> {
  const all: string[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if ((i + j) % MERGED_AT_ONCE === 0 && turns.isOver()) await turns.next();
    const isFromB = i === a.length || (j < b.length && b[j] < a[i]);
    const text = isFromB ? b[j++] : a[i++];
    if (text !== all.at(-1)) all.push(text);
  }
  return all;
}

function onceEach(sorted: readonly string[]): string[] {
  return sorted.filter((text, i) => text !== sorted[i - 1]);
}
