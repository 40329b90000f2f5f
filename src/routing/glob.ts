import { expandBraces, VARIANTS_MAX } from './braces.js';
import { matcher } from './fnmatch.js';

/**
 * Graphite's queries for metric names, as its standard finder reads them (graphite-web 1.1): one pattern
 * for each dot-separated part, in the manner of Python's `fnmatch`, with braces expanded first.
 */

/** A part of a query. `text` is the part as written, less its backslashes. */
export type GlobPart = NamesPart | PatternPart | TreePart;

/** Any of these names. The empty one is the folder itself, at the end of a query (`a.`) or out of braces (`{a,}`). */
export interface NamesPart {
  readonly kind: 'names';
  readonly text: string;
  readonly names: readonly string[];
  readonly shownAs: string | null;
  readonly isOptional: boolean;
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
  /** An item of its braces is empty (`{a,}`): what comes after it is looked for in the folder itself as well. */
  readonly isOptional: boolean;
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

const PARTS_MAX = 256;
/** What `**` at the end of a query is followed by. */
const EVERYTHING: PatternPart = {
  ...{ kind: 'pattern', text: '*', shownAs: null, isOptional: false },
  matches: () => true,
};

/** What makes an item of braces, or a part without any, a pattern. */
export const FNMATCH_WILDCARD = /[[*?]/;
const ESCAPABLE = ['*', '?', '[', '{'];

export function parseGlob(query: string): Glob | GlobRefusal {
  if (query.includes(';')) return { query, taggedName: query.replaceAll('\\', ''), parts: [] };
  const texts = query.split('.').filter(isNeeded);
  if (texts.length >= PARTS_MAX)
    return new GlobRefusal(`the query has ${texts.length} parts, of ${PARTS_MAX} allowed`);
  const parts: GlobPart[] = [];
  for (const text of texts) {
    const part = parsePart(text);
    if (part instanceof GlobRefusal) return part;
    const isRepeated = part.kind === 'tree' && parts.at(-1)?.kind === 'tree';
    if (!isRepeated) parts.push(part);
  }
  if (parts.at(-1)?.kind === 'tree') parts.push(EVERYTHING);
  return { query, taggedName: null, parts };
}

/** Empty parts count only at the end. */
function isNeeded(text: string, index: number, texts: readonly string[]): boolean {
  return text !== '' || index === texts.length - 1;
}

/** Backslashes mean nothing but that a name is shown as it was asked for. */
function unescaped(written: string): string {
  return written.replaceAll('\\', '');
}

/** Whether the first of any of these characters has a backslash before it: graphite-web looks at no others. */
function isEscaped(written: string): boolean {
  return ESCAPABLE.some((char) => written[written.indexOf(char) - 1] === '\\');
}

/** One part of a query, without its dots; what is `**`, also with braces (`{*,x}*`), is the part of the kind `tree`. */
export function parsePart(written: string): GlobPart | GlobRefusal {
  const text = unescaped(written);
  const variants = alternatives(text);
  if (variants instanceof GlobRefusal) return variants;
  // Any number of folders: all that the other alternatives may be.
  if (variants.includes('**')) return { kind: 'tree', text };
  const matches = matcherOf(variants);
  const shownAs = isEscaped(written) ? text : null;
  const isOptional = variants.includes('');
  return typeof matches === 'function'
    ? { kind: 'pattern', text, matches, shownAs, isOptional }
    : { kind: 'names', text, names: matches, shownAs, isOptional };
}

/** The names a pattern stands for if it has no wildcards but braces, else a predicate. */
export function compilePattern(
  text: string,
): readonly string[] | ((name: string) => boolean) | GlobRefusal {
  const variants = alternatives(text);
  return variants instanceof GlobRefusal ? variants : matcherOf(variants);
}

function alternatives(text: string): readonly string[] | GlobRefusal {
  const refusal = `${shortened(text)} has more than ${VARIANTS_MAX} alternatives, or very long ones`;
  return expandBraces(text) ?? new GlobRefusal(refusal);
}

function matcherOf(variants: readonly string[]): readonly string[] | ((name: string) => boolean) {
  const names = variants.filter((variant) => !FNMATCH_WILDCARD.test(variant));
  if (names.length === variants.length) return names;
  const patterns = variants.filter((variant) => FNMATCH_WILDCARD.test(variant));
  if (names.length === 0 && patterns.length === 1) return matcher(patterns[0]);
  const known = new Set(names);
  const matchers = patterns.map(matcher);
  return (name) => known.has(name) || matchers.some((matches) => matches(name));
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
