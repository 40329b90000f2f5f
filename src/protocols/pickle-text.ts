import { isUtf8 } from 'node:buffer';
import { textOf, trimAscii } from './python-text.js';

/** Python's `sys.int_info.default_max_str_digits`: longer decimal texts are refused. */
const DIGITS_MAX = 4300;

const PREFIXED = /^(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+)$/;
const DECIMAL = /^\d(?:_?\d)*$/;
const LEADING_ZERO = /^0[0_]*[1-9]/;
const OCTAL_OF_C = /^([+-]?)0([0-7]+)$/;

/** Python's `int(text, 0)`: decimal, or with a prefix 0x, 0o or 0b. Undefined for its ValueError. */
export function parseInteger(text: string): number | bigint | undefined {
  const [sign, digits] = splitSign(text);
  if (PREFIXED.test(digits)) return signed(sign, digits);
  return LEADING_ZERO.test(digits) ? undefined : parseDecimal(text);
}

/** Python's `int(text, 10)`. Undefined for its ValueError. */
export function parseDecimal(text: string): number | bigint | undefined {
  const [sign, digits] = splitSign(text);
  const count = digits.replaceAll('_', '').length;
  return DECIMAL.test(digits) && count <= DIGITS_MAX ? signed(sign, digits) : undefined;
}

function splitSign(text: string): [sign: string, digits: string] {
  const trimmed = trimAscii(text);
  const sign = trimmed[0] === '-' || trimmed[0] === '+' ? trimmed[0] : '';
  return [sign, trimmed.slice(sign.length)];
}

/** The argument of the pickle opcode INT: `00` and `01` are booleans, a leading 0 means octal as in C. */
export function parseIntegerOpcode(text: string): number | bigint | boolean | undefined {
  if (text === '00') return false;
  if (text === '01') return true;
  const octal = OCTAL_OF_C.exec(text);
  return octal ? parseInteger(`${octal[1]}0o${octal[2]}`) : parseInteger(text);
}

function signed(sign: string, digits: string): number | bigint {
  const integer = BigInt(digits.replaceAll('_', ''));
  return toNumber(sign === '-' ? -integer : integer);
}

/** A number where it is exact, else a bigint. */
export function toNumber(integer: bigint): number | bigint {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** The signed little-endian integer in `bytes[start, end)`. */
export function littleEndianInteger(
  bytes: Uint8Array,
  start: number,
  end: number,
): number | bigint {
  if (start === end) return 0;
  const hex = Buffer.from(bytes.subarray(start, end)).reverse().toString('hex');
  return toNumber(BigInt.asIntN(8 * (end - start), BigInt(`0x${hex}`)));
}

/** UTF-8 as Python decodes it in a pickle, where `surrogatepass` lets lone surrogates through. */
export function decodeUtf8(
  bytes: Uint8Array,
  start: number,
  end: number,
  surrogatePass: boolean,
): string | undefined {
  let p = start;
  while (p < end && bytes[p] < 0x80) p++;
  if (p === end) return textOf(bytes, start, end, 'latin1');
  if (isUtf8(bytes.subarray(start, end))) return textOf(bytes, start, end);
  return surrogatePass ? decodeSurrogates(bytes, start, end) : undefined;
}

function decodeSurrogates(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = '';
  let plain = start;
  for (let p = start; p <= end; p++) {
    const surrogate =
      p + 2 < end && bytes[p] === 0xed && bytes[p + 1] >= 0xa0 && bytes[p + 1] <= 0xbf;
    if (!surrogate && p < end) continue;
    if (!isUtf8(bytes.subarray(plain, p))) return undefined;
    text += textOf(bytes, plain, p);
    if (p === end) break;
    if (bytes[p + 2] < 0x80 || bytes[p + 2] > 0xbf) return undefined;
    text += String.fromCharCode(0xd000 | ((bytes[p + 1] & 0x3f) << 6) | (bytes[p + 2] & 0x3f));
    p += 2;
    plain = p + 1;
  }
  return text;
}

const RAW_ESCAPE = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([uU])|[\s\S]|$)/g;

/** Python's codec `raw-unicode-escape`: Latin-1 with `\uXXXX` and `\UXXXXXXXX`. Undefined for its error. */
export function decodeRawUnicodeEscape(latin1: string): string | undefined {
  let bad = false;
  const text = latin1.replace(RAW_ESCAPE, (whole, short?: string, long?: string, cut?: string) => {
    const code = Number.parseInt(short ?? long ?? '0', 16);
    bad ||= cut !== undefined || code > 0x10ffff;
    return bad || (short ?? long) === undefined ? whole : String.fromCodePoint(code);
  });
  return bad ? undefined : text;
}

const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|(x)|([\s\S])|($))/g;
const SIMPLE_ESCAPES: Record<string, string> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  b: '\b',
  f: '\f',
  t: '\t',
  n: '\n',
  r: '\r',
  v: '\v',
  a: '\x07',
};

/** The bytes, as Latin-1, of a quoted Python 2 string (`'...'`, with escapes). Undefined where it is none. */
export function decodeQuotedString(latin1: string): string | undefined {
  const quote = latin1[0];
  if (latin1.length < 2 || (quote !== "'" && quote !== '"') || latin1.at(-1) !== quote)
    return undefined;
  let bad = false;
  const text = latin1
    .slice(1, -1)
    .replace(ESCAPE, (whole, octal?: string, hex?: string, cut?: string, char?: string) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      bad ||= cut !== undefined || char === undefined;
      return char === undefined ? whole : (SIMPLE_ESCAPES[char] ?? whole);
    });
  return bad ? undefined : text;
}
