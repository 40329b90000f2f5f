/** More alternatives than any dashboard has, and few enough to expand in some milliseconds. */
export const VARIANTS_MAX = 16_384;
/** What all alternatives of all braces may have together, in the making as well. */
const CHARS_MAX = 4_000_000;

/** What stands between a brace and its partner: the items that are done, and the one that is being read. */
interface Frame {
  readonly done: string[];
  item: readonly string[];
}

type Mark = '{' | ',' | '}';

/**
 * Every way to choose one item of each pair of braces, nested ones too, without repeats; null when there are more than
 * VARIANTS_MAX, or they are very long. Braces without a partner stay as they are.
 */
export function expandBraces(text: string): string[] | null {
  const marks = marksIn(text);
  const outer: Frame[] = [];
  let frame: Frame = { done: [], item: [''] };
  let left = CHARS_MAX;
  /** Each of the ways so far with each of the endings; undefined when they are too many. */
  const continued = (
    starts: readonly string[],
    ends: readonly string[],
  ): readonly string[] | undefined => {
    const count = starts.length * ends.length;
    left -= sizeOf(starts) * ends.length + sizeOf(ends) * starts.length;
    if (count > VARIANTS_MAX || left < 0) return undefined;
    return starts.flatMap((start) => ends.map((end) => start + end));
  };
  let from = 0;
  for (const [at, mark] of [...marks, [text.length, ''] as const]) {
    const item = at === from ? frame.item : continued(frame.item, [text.slice(from, at)]);
    if (item === undefined) return null;
    from = at + 1;
    if (mark === '') return [...new Set(item)];
    if (mark === '{') {
      outer.push({ ...frame, item });
      frame = { done: [], item: [''] };
      continue;
    }
    for (const variant of item) frame.done.push(variant);
    frame.item = [''];
    if (mark === ',') continue;
    const before = outer.pop()!;
    const both = continued(before.item, [...new Set(frame.done)]);
    if (both === undefined) return null;
    frame = { ...before, item: both };
  }
  return null;
}

/** The braces that have partners, and the commas between these, with their places. */
function marksIn(text: string): [at: number, mark: Mark][] {
  const open: { at: number; commas: number[] }[] = [];
  const marks: [number, Mark][] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '{') open.push({ at, commas: [] });
    else if (char === ',') open.at(-1)?.commas.push(at);
    else if (char === '}') {
      const brace = open.pop();
      if (brace === undefined) continue;
      marks.push([brace.at, '{'], [at, '}']);
      for (const comma of brace.commas) marks.push([comma, ',']);
    }
  }
  return marks.sort(([a], [b]) => a - b);
}

/** An empty text is not for nothing. */
function sizeOf(texts: readonly string[]): number {
  return texts.reduce((sum, { length }) => sum + length + 1, 0);
}
