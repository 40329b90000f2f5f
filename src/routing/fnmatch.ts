/** A pattern without braces as a predicate. The common forms get by without a regular expression. */
export function matcher(pattern: string): (name: string) => boolean {
  if (/^\*+$/.test(pattern)) return () => true;
  const prefix = /^([^[*?]+)\*+$/.exec(pattern)?.[1];
  if (prefix !== undefined) return (name) => name.startsWith(prefix);
  const expression = new RegExp(`^${translate(pattern)}$`, 'su');
  return (name) => expression.test(name);
}

/**
 * A pattern of Python's `fnmatch` as the source of a regular expression. A star finds the first place
 * where what follows it fits and is not asked again (Python 3.9 does the same), so that no pattern takes
 * more than quadratic time.
 */
function translate(pattern: string): string {
  const pieces = split(pattern);
  if (pieces.length === 1) return pieces[0];
  const inner = pieces.slice(1, -1).map((piece, i) => `(?=(.*?${piece}))\\${i + 1}`);
  return `${pieces[0]}${inner.join('')}.*${pieces.at(-1)}`;
}

/** What stands between the stars, each as the source of a regular expression. */
function split(pattern: string): string[] {
  const pieces = [''];
  let at = 0;
  while (at < pattern.length) {
    const char = String.fromCodePoint(pattern.codePointAt(at)!);
    at += char.length;
    if (char === '*') {
      if (pieces.length === 1 || pieces.at(-1) !== '') pieces.push('');
      continue;
    }
    const close = char === '[' ? setEnd(pattern, at) : -1;
    if (char === '?') pieces[pieces.length - 1] += '.';
    else if (close === -1) pieces[pieces.length - 1] += escaped(char);
    else {
      pieces[pieces.length - 1] += characterSet(pattern.slice(at, close));
      at = close + 1;
    }
  }
  return pieces;
}

/** Where the set that starts at `at` is closed, or -1: a `]` that comes first is one of its characters. */
function setEnd(pattern: string, at: number): number {
  const first = pattern[at] === '!' ? at + 1 : at;
  return pattern.indexOf(']', first + 1);
}

/** `!` negates, `^` does not; a range that runs backwards is empty, and an empty set matches nothing. */
function characterSet(text: string): string {
  const negated = text[0] === '!';
  const chars = Array.from(negated ? text.slice(1) : text);
  let items = '';
  for (let i = 0; i < chars.length; i++) {
    if (chars[i + 1] === '-' && i + 2 < chars.length) {
      if (chars[i].codePointAt(0)! <= chars[i + 2].codePointAt(0)!)
        items += `${escaped(chars[i])}-${escaped(chars[i + 2])}`;
      i += 2;
    } else items += escaped(chars[i]);
  }
  if (items === '') return negated ? '.' : '(?!)';
  return `[${negated ? '^' : ''}${items}]`;
}

function escaped(char: string): string {
  return `\\u{${char.codePointAt(0)!.toString(16)}}`;
}
