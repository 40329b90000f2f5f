/**
 * Python 3's rules for text, on UTF-8 bytes: what counts as a blank, where `str.splitlines` breaks, and
 * what `float(str)` takes. Carbon leaves all three to Python, so they are part of its protocol.
 */

/** Length in bytes of the blank (`str.isspace`) that starts at `p`, or 0. The bytes are valid UTF-8. */
export function blankLength(bytes: Uint8Array, p: number): number {
  const first = bytes[p];
  if (first <= 0x20) return first === 0x20 || (first >= 9 && first <= 13) || first >= 0x1c ? 1 : 0;
  if (first === 0xc2) return bytes[p + 1] === 0x85 || bytes[p + 1] === 0xa0 ? 2 : 0;
  if (first === 0xe1) return bytes[p + 1] === 0x9a && bytes[p + 2] === 0x80 ? 3 : 0; // U+1680
  if (first === 0xe2) return isGeneralPunctuationBlank(bytes[p + 1], bytes[p + 2]) ? 3 : 0;
  if (first === 0xe3) return bytes[p + 1] === 0x80 && bytes[p + 2] === 0x80 ? 3 : 0; // U+3000
  return 0;
}

/** U+2000..U+200A, U+2028, U+2029, U+202F and U+205F, by the second and third byte. */
function isGeneralPunctuationBlank(second: number, third: number): boolean {
  if (second === 0x81) return third === 0x9f;
  if (second !== 0x80) return false;
  return (third >= 0x80 && third <= 0x8a) || third === 0xa8 || third === 0xa9 || third === 0xaf;
}

/** Length in bytes of the line break (`str.splitlines`) that starts at `p`, or 0. The bytes are valid UTF-8. */
export function lineBreakLength(bytes: Uint8Array, p: number): number {
  const first = bytes[p];
  if (first === 13) return bytes[p + 1] === 10 ? 2 : 1;
  if ((first >= 10 && first <= 12) || (first >= 0x1c && first <= 0x1e)) return 1;
  if (first === 0xc2) return bytes[p + 1] === 0x85 ? 2 : 0;
  if (first !== 0xe2 || bytes[p + 1] !== 0x80) return 0;
  return bytes[p + 2] === 0xa8 || bytes[p + 2] === 0xa9 ? 3 : 0;
}

/** The text of `bytes[start, end)`. Much cheaper when `bytes` is a Buffer, as what sockets deliver is. */
export function textOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  encoding: 'utf8' | 'latin1' = 'utf8',
): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer.toString(encoding, start, end);
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_A_FINITE_NUMBER = /^([+-]?)(?:(inf|infinity)|nan)$/i;
const UNDERSCORE_BETWEEN_DIGITS = /(?<=\d)_(?=\d)/g;
const ASCII_ONLY = /^\p{ASCII}*$/u;
const DECIMAL_DIGIT = /^\p{Nd}$/u;

/** The number that Python's `float(text)` gives, NaN and the infinities included; undefined for its ValueError. */
export function pythonFloat(text: string): number | undefined {
  const plain = trimAscii(ASCII_ONLY.test(text) ? text : toAscii(text));
  return parseDouble(plain) ?? parseDouble(plain.replace(UNDERSCORE_BETWEEN_DIGITS, ''));
}

/** As CPython's `PyOS_string_to_double` on the whole text: ASCII, no blanks around it, no underscores. */
export function parseDouble(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  const special = NOT_A_FINITE_NUMBER.exec(text);
  if (!special) return undefined;
  if (special[2] === undefined) return Number.NaN;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Without C's `isspace` characters at either end (which are fewer than Python's blanks). */
export function trimAscii(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isAsciiSpace(text.charCodeAt(start))) start++;
  while (end > start && isAsciiSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isAsciiSpace(code: number): boolean {
  return code === 0x20 || (code >= 9 && code <= 13);
}

/** As CPython does before it parses a number: any decimal digit to 0..9, any blank to a space, the rest to `?`. */
function toAscii(text: string): string {
  let ascii = '';
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (code < 0x80) ascii += char;
    else if (blankLength(Buffer.from(char), 0) > 0) ascii += ' ';
    else ascii += DECIMAL_DIGIT.test(char) ? decimalValue(code) : '?';
  }
  return ascii;
}

/** Unicode keeps the ten digits of a script together and in order, and each run of digits starts with a zero. */
function decimalValue(code: number): number {
  let before = 0;
  while (DECIMAL_DIGIT.test(String.fromCodePoint(code - before - 1))) before++;
  return before % 10;
}
