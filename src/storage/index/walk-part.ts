import { assert } from '../../assert.js';
import { expandBraces } from '../../routing/braces.js';
import { matcher } from '../../routing/fnmatch.js';
import {
  FNMATCH_WILDCARD,
  type Glob,
  type GlobPart,
  type NamesPart,
  type PatternPart,
} from '../../routing/glob.js';
import { HEAD_LENGTH, headWord, NO_SEGMENT, type Segments } from './segments.js';

/** A part of a query that a walk goes by: names by their numbers, patterns with how their matches begin. */
export type WalkPart = Extract<GlobPart, { kind: 'tree' }> | NumberedNames | HeadedPattern;

export interface NumberedNames extends Omit<NamesPart, 'names'> {
  readonly names: readonly number[];
}

export interface HeadedPattern extends PatternPart {
  /** What the head of a name has to be where the mask has bits, and the same of its end. */
  readonly head: number;
  readonly headMask: number;
  readonly headEnd: number;
  readonly headEndMask: number;
  /** Whether that alone says that a name matches. */
  readonly isCertain: boolean;
}

/** Names that occur nowhere are left out. */
export function walkParts({ parts }: Glob, segments: Segments): WalkPart[] {
  return parts.map((part) => {
    if (part.kind === 'tree') return part;
    return part.kind === 'names' ? numbered(part, segments) : headed(part);
  });
}

function numbered(part: NamesPart, segments: Segments): NumberedNames {
  const names = part.names.map((name) => segments.find(name));
  return { ...part, names: names.filter((name) => name !== NO_SEGMENT) };
}

function headed(part: PatternPart): HeadedPattern {
  const [prefix] = part.text.split(/[*?[{]|[^ -~]/, 1);
  const known = prefix.slice(0, HEAD_LENGTH);
  return {
    ...part,
    head: headWord(known, 0),
    headMask: maskOf(known, 0),
    headEnd: headWord(known, 4),
    headEndMask: maskOf(known, 4),
    isCertain: /^\*+$/.test(part.text.slice(known.length)),
  };
}

/** All bits of the bytes that a text has. */
function maskOf(text: string, at: number): number {
  let mask = 0;
  for (let i = at; i < at + 4; i++) mask = (mask << 8) | (i < text.length ? 0xff : 0);
  return mask | 0;
}

/** Whether a segment matches a pattern. */
export function fits(segments: Segments, segment: number, part: HeadedPattern): boolean {
  if (((segments.head(segment) ^ part.head) & part.headMask) !== 0) return false;
  if (((segments.headEnd(segment) ^ part.headEnd) & part.headEndMask) !== 0) return false;
  return part.isCertain || part.matches(segments.text(segment));
}

/** A pattern is matched against the whole file name, as `pattern.*`; a plain name has two file names. */
export function oddFileTest(part: NumberedNames | HeadedPattern): (fileName: string) => boolean {
  const variants = expandBraces(part.text);
  assert(variants !== null, 'it was expanded before');
  const tests = variants.map((variant) =>
    FNMATCH_WILDCARD.test(variant)
      ? matcher(`${variant}.*`)
      : (fileName: string) => fileName === `${variant}.wsp.gz`,
  );
  return (fileName) => tests.some((test) => test(fileName));
}
