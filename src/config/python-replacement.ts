import { CarbonbusError } from '../errors.js';

/*
 * Replacement texts of Python's `re.sub`: `\1`, `\g<1>`, `\g<name>`, `\n` and its like, octal digits; `$` stands for
 * itself. Source: `parse_template` of CPython 3.11's `re/_parser.py`.
 */

const CONTROLS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** In what `pythonRegex` writes: groups, and what else might hold a parenthesis. */
const GROUPS_AND_OTHERS = /\[[^\]]*\]|\\.|\((?!\?)|\(\?<([\p{L}_][\p{L}\p{N}_]*)>/gu;

/** A text, or what the group of that number matched. */
type Piece = string | number;

/** Replaces every match of a pattern, as Python's `re.sub` does. */
export type Substitution = (text: string) => string;

/**
 * @param pattern a `pythonRegex` with the option `global`
 * Errors: `REPLACEMENT_INVALID` for what Python refuses; a group that the pattern does not have is refused too.
 */
export function substitution(pattern: RegExp, replacement: string): Substitution {
  const pieces = parseReplacement(pattern, replacement);
  return (text) =>
    text.replace(pattern, (...match: (string | undefined)[]) => {
      let out = '';
      for (const piece of pieces) out += typeof piece === 'string' ? piece : (match[piece] ?? '');
      return out;
    });
}

function parseReplacement(pattern: RegExp, replacement: string): Piece[] {
  const groups = groupsOf(pattern);
  const problem = (why: string): CarbonbusError =>
    new CarbonbusError('REPLACEMENT_INVALID', `replacement '${replacement}': ${why}`);
  const group = (name: string): number => {
    const number = /^\d+$/.test(name) ? Number(name) : groups.names.indexOf(name);
    if (number < 0 || number > groups.count) throw problem(`the pattern has no group ${name}`);
    return number;
  };
  const pieces: Piece[] = [];
  let rest = replacement;
  const take = (form: RegExp): RegExpExecArray | undefined => {
    const match = form.exec(rest);
    if (match === null) return undefined;
    rest = rest.slice(match[0].length);
    return match;
  };
  for (let match: RegExpExecArray | undefined; rest !== ''; ) {
    if ((match = take(/^[^\\]+/))) pieces.push(match[0]);
    else if ((match = take(/^\\g<([^>]*)>/))) pieces.push(group(match[1]));
    else if ((match = take(/^\\(0[0-7]{0,2}|[1-3][0-7]{2})/))) {
      pieces.push(String.fromCodePoint(Number.parseInt(match[1], 8)));
    } else if ((match = take(/^\\([1-9]\d?)/))) pieces.push(group(match[1]));
    else if ((match = take(/^\\([abfnrtv])/))) pieces.push(CONTROLS[match[1]]);
    else if ((match = take(/^\\\\/))) pieces.push('\\');
    else if ((match = take(/^\\[^a-zA-Z0-9]/u))) pieces.push(match[0]);
    else throw problem(`bad escape ${rest.slice(0, 2)}`);
  }
  return pieces;
}

/** How many groups a pattern has, and their names by number. */
function groupsOf(pattern: RegExp): { count: number; names: (string | undefined)[] } {
  const empty = new RegExp(`${pattern.source}|`, pattern.flags.replace('g', '')).exec('');
  const names: (string | undefined)[] = [];
  const count = (empty?.length ?? 1) - 1;
  let number = 0;
  for (const [text, name] of pattern.source.matchAll(GROUPS_AND_OTHERS)) {
    if (text.startsWith('(')) names[++number] = name;
  }
  return { count, names };
}
