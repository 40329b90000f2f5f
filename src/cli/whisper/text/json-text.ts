import { floatText } from './number-text.js';

/** A number that is a float to Python, so that 1 is written `1.0`. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** What is written as JSON; a plain number is an integer. */
export type Json =
  | string
  | number
  | null
  | Float
  | readonly Json[]
  | { readonly [key: string]: Json };

const INDENT = '  ';
const NOT_FINITE: Record<string, string> = { nan: 'NaN', inf: 'Infinity', '-inf': '-Infinity' };

/**
 * JSON as Python's `json.dumps` writes it with an indent of 2: floats with a point, all but ASCII escaped, and the
 * numbers that JSON lacks by their names in JavaScript.
 *
 * @param colon between a key and its value
 */
export function jsonText(value: Json, colon: string, indent = ''): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return stringText(value);
  if (value instanceof Float) return jsonFloat(value.value);
  const inner = indent + INDENT;
  if (Array.isArray(value)) {
    return enclosed(
      '[]',
      value.map((item) => jsonText(item, colon, inner)),
      indent,
    );
  }
  const members = Object.entries(value).map(
    ([key, member]) => `${stringText(key)}${colon}${jsonText(member, colon, inner)}`,
  );
  return enclosed('{}', members, indent);
}

function enclosed(brackets: string, items: readonly string[], indent: string): string {
  if (items.length === 0) return brackets;
  const [open, close] = brackets;
  return `${open}\n${items.map((item) => indent + INDENT + item).join(',\n')}\n${indent}${close}`;
}

function jsonFloat(value: number): string {
  const text = floatText(value);
  return NOT_FINITE[text] ?? text;
}

function stringText(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
