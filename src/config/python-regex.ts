import { CarbonbusError, errorText } from '../errors.js';

/*
 * Patterns in the syntax of Python's `re` (for `str`), as a RegExp that matches the same. Every part is translated, so
 * that what the two languages write alike and mean differently (`$`, `.`, `\w`, `{,3}`, `[[]`) keeps Python's meaning.
 * Source: https://docs.python.org/3.11/library/re.html
 */

export interface PythonRegexOptions {
  /** As `re.IGNORECASE`. */
  readonly ignoreCase?: boolean;
  /** For replacing every match. */
  readonly global?: boolean;
}

/** The very end of the text, without taking anything. */
const END = '(?![^])';
const SPACES =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

/** What `\d`, `\s`, `\w` stand for within brackets. */
const UNICODE_CLASSES: Record<string, string> = { d: '\\p{Nd}', s: SPACES, w: '\\p{L}\\p{N}_' };
const ASCII_CLASSES: Record<string, string> = { d: '0-9', s: '\\t-\\r\\x20', w: 'a-zA-Z0-9_' };
const CONTROLS: Record<string, number> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };
const HEX_LENGTHS: Record<string, number> = { x: 2, u: 4, U: 8 };

/**
 * Compiles a Python pattern. To search as Python does, use `test` and `exec` of the result.
 *
 * Errors: `REGEX_INVALID` for what Python refuses, and for what JavaScript has no counterpart of: conditional and
 * atomic groups, possessive repeats, and a change of case sensitivity within the pattern.
 */
export function pythonRegex(pattern: string, options: PythonRegexOptions = {}): RegExp {
  const translation = new Translation(pattern, options.ignoreCase ?? false);
  const source = translation.run();
  const flags = `v${translation.ignoreCase ? 'i' : ''}${options.global ? 'g' : ''}`;
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw invalid(pattern, errorText(error));
  }
}

/** Flags that hold within a group. */
interface Scope {
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly ascii: boolean;
  readonly verbose: boolean;
}

class Translation {
  readonly #pattern: string;
  ignoreCase: boolean;
  #at = 0;
  #out = '';
  #scope: Scope = { multiline: false, dotAll: false, ascii: false, verbose: false };
  readonly #outer: Scope[] = [];

  constructor(pattern: string, ignoreCase: boolean) {
    this.#pattern = pattern;
    this.ignoreCase = ignoreCase;
  }

  run(): string {
    this.#globalFlags();
    while (this.#at < this.#pattern.length) this.#item();
    if (this.#outer.length > 0) throw this.#error('missing )');
    return this.#out;
  }

  #item(): void {
    const c = this.#next();
    if (this.#scope.verbose && this.#skipped(c)) return;
    switch (c) {
      case '\\':
        this.#out += this.#escape();
        return;
      case '[':
        this.#out += this.#set();
        return;
      case '(':
        this.#out += this.#open();
        return;
      case ')':
        this.#close();
        return;
      case '{':
        this.#out += this.#counted() ?? literal('{');
        return;
      case '.':
        this.#out += this.#scope.dotAll ? '[^]' : '[^\\n]';
        return;
      case '^':
        this.#out += this.#scope.multiline ? '(?<![^\\n])' : '^';
        return;
      case '$':
        this.#out += this.#scope.multiline ? '(?![^\\n])' : `(?=\\n?${END})`;
        return;
      default:
        this.#out += '|*+?'.includes(c) ? c : literal(c);
    }
  }

  /** `{2}`, `{2,}`, `{,3}`, `{2,3}`; any other brace stands for itself. */
  #counted(): string | undefined {
    const match = /^(\d*)(,?)(\d*)\}/.exec(this.#pattern.slice(this.#at));
    if (match === null || (match[1] === '' && match[2] === '')) return undefined;
    this.#at += match[0].length;
    return `{${match[1] || '0'}${match[2]}${match[3]}}`;
  }

  #escape(): string {
    const c = this.#next();
    const { ascii } = this.#scope;
    const classes = ascii ? ASCII_CLASSES : UNICODE_CLASSES;
    const word = `[${classes.w}]`;
    if (c === 'A') return '(?<![^])';
    if (c === 'Z') return END;
    if (c === 'b') return `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`;
    if (c === 'B') return `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`;
    if (/[1-9]/.test(c)) return this.#reference(c);
    return this.#classEscape(c) ?? literal(this.#charEscape(c));
  }

  /** `\1` to `\99`; three octal digits are a character. */
  #reference(first: string): string {
    const isOctal = /^[0-7]{3}/.test(first + this.#pattern.slice(this.#at));
    if (isOctal) return literal(this.#octal(first));
    const second = /^\d/.test(this.#pattern.slice(this.#at)) ? this.#next() : '';
    return `(?:\\${first}${second})`;
  }

  /** `\d` and the like as a set of its own. */
  #classEscape(c: string): string | undefined {
    const classes = this.#scope.ascii ? ASCII_CLASSES : UNICODE_CLASSES;
    const members = classes[c.toLowerCase()];
    if (members === undefined) return undefined;
    return c === c.toLowerCase() ? `[${members}]` : `[^${members}]`;
  }

  #charEscape(c: string): string {
    if (c in CONTROLS) return String.fromCodePoint(CONTROLS[c]);
    const length = HEX_LENGTHS[c];
    if (length !== undefined) return this.#coded(/^[0-9a-fA-F]+$/, length, 16);
    if (c === '0') return this.#octal(c);
    if (/[a-zA-Z0-9]/.test(c)) throw this.#error(`bad escape \\${c}`);
    return c;
  }

  #coded(digits: RegExp, length: number, radix: number): string {
    const text = this.#pattern.slice(this.#at, this.#at + length);
    if (text.length < length || !digits.test(text)) throw this.#error('incomplete escape');
    this.#at += length;
    const code = Number.parseInt(text, radix);
    if (code > 0x10ffff) throw this.#error('no such character');
    return String.fromCodePoint(code);
  }

  /** A set in brackets, of which the opening one is behind us. */
  #set(): string {
    const negated = this.#take('^');
    let members = '';
    for (let first = true; ; first = false) {
      const c = this.#next();
      if (c === ']' && !first) break;
      members += this.#member(c);
    }
    return `[${negated ? '^' : ''}${members}]`;
  }

  #member(c: string): string {
    const low = this.#setItem(c);
    const range = this.#pattern[this.#at] === '-' && this.#pattern[this.#at + 1] !== ']';
    if (!range || this.#at + 1 >= this.#pattern.length) return low.text;
    this.#next();
    const high = this.#setItem(this.#next());
    if (low.char === undefined || high.char === undefined || low.char > high.char) {
      throw this.#error('bad character range');
    }
    return `${low.text}-${high.text}`;
  }

  #setItem(c: string): { text: string; char?: number } {
    let char = c;
    if (c === '\\') {
      const escaped = this.#next();
      const members = this.#classEscape(escaped);
      if (members !== undefined) return { text: members };
      char = /[0-7]/.test(escaped) ? this.#octal(escaped) : this.#charEscape(escaped);
    }
    return { text: literal(char), char: char.codePointAt(0) ?? 0 };
  }

  #octal(first: string): string {
    const digits = first + (/^[0-7]{0,2}/.exec(this.#pattern.slice(this.#at))?.[0] ?? '');
    const code = Number.parseInt(digits, 8);
    if (code > 0o377) throw this.#error(`octal escape \\${digits} out of range`);
    this.#at += digits.length - 1;
    return String.fromCodePoint(code);
  }

  /** What comes after a parenthesis was opened. */
  #open(): string {
    if (!this.#take('?')) return this.#enter('(', this.#scope);
    for (const plain of [':', '=', '!', '<=', '<!']) {
      if (this.#take(plain)) return this.#enter(`(?${plain}`, this.#scope);
    }
    if (this.#take('#')) return this.#comment();
    if (this.#take('P<')) return this.#enter(`(?<${this.#name('>')}>`, this.#scope);
    if (this.#take('P=')) return `\\k<${this.#name(')')}>`;
    return this.#enter('(?:', this.#scopedFlags());
  }

  #enter(text: string, scope: Scope): string {
    this.#outer.push(this.#scope);
    this.#scope = scope;
    return text;
  }

  #close(): void {
    const outer = this.#outer.pop();
    if (outer === undefined) throw this.#error('unbalanced parenthesis');
    this.#out += ')';
    this.#scope = outer;
  }

  #comment(): string {
    const end = this.#pattern.indexOf(')', this.#at);
    if (end < 0) throw this.#error('missing ), unterminated comment');
    this.#at = end + 1;
    return '';
  }

  #name(end: string): string {
    const to = this.#pattern.indexOf(end, this.#at);
    const name = this.#pattern.slice(this.#at, to);
    if (to < 0 || !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) throw this.#error('bad group name');
    this.#at = to + 1;
    return name;
  }

  /** `(?im)` at the very start is for the whole pattern. */
  #globalFlags(): void {
    const match = /^\(\?([aimsxu]+)\)/.exec(this.#pattern);
    if (match === null) return;
    this.#at = match[0].length;
    if (match[1].includes('i')) this.ignoreCase = true;
    this.#scope = withFlags(this.#scope, match[1], true);
  }

  /** The scope of the group that `(?ms-x:` opens. */
  #scopedFlags(): Scope {
    const match = /^([aimsxu]*)(?:-([imsx]+))?:/.exec(this.#pattern.slice(this.#at));
    if (match === null) throw this.#error('unknown or unsupported extension (?');
    const [all, on, off = ''] = match;
    if ((on.includes('i') && !this.ignoreCase) || off.includes('i')) {
      throw this.#error('case sensitivity cannot change within a pattern');
    }
    this.#at += all.length;
    return withFlags(withFlags(this.#scope, on, true), off, false);
  }

  /** In a verbose pattern blanks and comments are not there. */
  #skipped(c: string): boolean {
    if (c === '#') {
      const end = this.#pattern.indexOf('\n', this.#at);
      this.#at = end < 0 ? this.#pattern.length : end + 1;
      return true;
    }
    return /[ \t\n\r\f\v]/.test(c);
  }

  #take(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** The next character, a whole code point. */
  #next(): string {
    const code = this.#pattern.codePointAt(this.#at);
    if (code === undefined) throw this.#error('it ends too early');
    const c = String.fromCodePoint(code);
    this.#at += c.length;
    return c;
  }

  #error(why: string): CarbonbusError {
    return invalid(this.#pattern, `${why} at position ${this.#at}`);
  }
}

function withFlags(scope: Scope, flags: string, value: boolean): Scope {
  const set = (flag: string, was: boolean): boolean => (flags.includes(flag) ? value : was);
  return {
    multiline: set('m', scope.multiline),
    dotAll: set('s', scope.dotAll),
    ascii: set('a', scope.ascii),
    verbose: set('x', scope.verbose),
  };
}

/** A character that stands for itself, within a set or not. */
function literal(char: string): string {
  if (/[\p{L}\p{N}_]/u.test(char)) return char;
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

function invalid(pattern: string, why: string): CarbonbusError {
  return new CarbonbusError('REGEX_INVALID', `pattern '${pattern}': ${why}`);
}
