import { matcher } from './fnmatch.js';

/**
 * Graphite's queries for metric names, as its standard finder reads them (graphite-web 1.1): one pattern
 * for each dot-separated part, in the manner of Python's `fnmatch`, with braces expanded first.
 */

/** A part of a query. `text` is the part as written, less its backslashes. */
export type GlobPart = NamesPart | PatternPart | TreePart;

/** Any of these names. The empty name, at the end of a query, is the folder itself. */
export interface NamesPart {
  readonly kind: 'names';
  readonly text: string;
  readonly names: readonly string[];
  /** False if the names come from braces. */
  readonly isLiteral: boolean;
  readonly shownAs: string | null;
}

export interface PatternPart {
  readonly kind: 'pattern';
  readonly text: string;
  readonly matches: (name: string) => boolean;
  /**
   * What results show in place of the name that matched: graphite-web takes a backslash before a
   * wildcard for a sign that the pattern is a name, although it matches as a pattern.
   */
  readonly shownAs: string | null;
}

/** `**`: any number of folders, also none. Never the last part. */
export interface TreePart {
  readonly kind: 'tree';
  readonly text: string;
}

export interface Glob {
  readonly query: string;
  /** The whole name, of a tagged series: such queries have no wildcards. Otherwise null. */
  readonly taggedName: string | null;
  readonly parts: readonly GlobPart[];
}

/** A query that is refused; the reason is meant for the one who asked. */
export class GlobRefusal {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** More alternatives than any dashboard has, and few enough to expand in some milliseconds. */
const VARIANTS_MAX = 16_384;
const PARTS_MAX = 256;

const WILDCARD = /[{[*?]/;
const FNMATCH_WILDCARD = /[[*?]/;
const ESCAPED_WILDCARD = /\\[{[*?]/;
const INNERMOST_BRACES = /\{([^{}]*)\}/;

export function parseGlob(query: string): Glob | GlobRefusal {
  if (query.includes(';')) return { query, taggedName: query.replaceAll('\\', ''), parts: [] };
  const texts = query.split('.').filter(isNeeded);
  if (texts.at(-1) === '**') texts.push('*');
  if (texts.length > PARTS_MAX)
    return new GlobRefusal(`the query has ${texts.length} parts, of ${PARTS_MAX} allowed`);
  const parts: GlobPart[] = [];
  for (const text of texts) {
    const part = parsePart(text);
    if (part instanceof GlobRefusal) return part;
    parts.push(part);
  }
  return { query, taggedName: null, parts };
}

/** Empty parts count only at the end, and `**` after `**` adds nothing. */
function isNeeded(text: string, index: number, texts: readonly string[]): boolean {
  if (text === '') return index === texts.length - 1;
  return text !== '**' || texts[index - 1] !== '**';
}

/** One part of a query, without its dots; `**` alone is the part of the kind `tree`. */
export function parsePart(written: string): GlobPart | GlobRefusal {
  const text = written.replaceAll('\\', '');
  if (text === '**') return { kind: 'tree', text };
  const isLiteral = !WILDCARD.test(text);
  const matches = compilePattern(text);
  if (matches instanceof GlobRefusal) return matches;
  const shownAs = ESCAPED_WILDCARD.test(written) ? text : null;
  return typeof matches === 'function'
    ? { kind: 'pattern', text, matches, shownAs }
    : { kind: 'names', text, names: matches, isLiteral, shownAs };
}

/** The names a pattern stands for if it has no wildcards but braces, else a predicate. */
export function compilePattern(
  text: string,
): readonly string[] | ((name: string) => boolean) | GlobRefusal {
  const variants = expandBraces(text);
  if (variants === null)
    return new GlobRefusal(`${shortened(text)} has more than ${VARIANTS_MAX} alternatives`);
  const names = variants.filter((variant) => !FNMATCH_WILDCARD.test(variant));
  if (names.length === variants.length) return names;
  const patterns = variants.filter((variant) => FNMATCH_WILDCARD.test(variant));
  if (names.length === 0 && patterns.length === 1) return matcher(patterns[0]);
  const known = new Set(names);
  const matchers = patterns.map(matcher);
  return (name) => known.has(name) || matchers.some((matches) => matches(name));
}

/**
 * Every way to choose one item of each pair of braces, innermost first, without repeats; null when
 * there are more than VARIANTS_MAX. Braces without a partner stay as they are.
 */
export function expandBraces(text: string): string[] | null {
  const done = new Set<string>();
  let open = new Set([text]);
  while (open.size > 0) {
    const next = new Set<string>();
    for (const variant of open) {
      const braces = INNERMOST_BRACES.exec(variant);
      if (braces === null) {
        done.add(variant);
      } else {
        const before = variant.slice(0, braces.index);
        const after = variant.slice(braces.index + braces[0].length);
        for (const item of braces[1].split(',')) next.add(before + item + after);
      }
      if (done.size + next.size > VARIANTS_MAX) return null;
    }
    open = next;
  }
  return [...done];
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
