import { jsonString } from '../json.js';

/** What JSON can say; a key that is undefined is left out. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/**
 * JSON as Python's `json` writes it, with blanks behind `:` and `,` and nothing but ASCII: some clients compare texts.
 * Infinite numbers are 1e9999, which reads as infinite again.
 */
export function pythonJson(value: JsonValue): string {
  if (typeof value === 'string') return jsonString(value);
  if (typeof value === 'number') return numberText(value);
  if (value === null || typeof value === 'boolean') return String(value);
  // Lists are long, and their items small: nothing is made for an item but its text.
  let text = '';
  if (isList(value)) {
    for (const item of value) text += text === '' ? pythonJson(item) : `, ${pythonJson(item)}`;
    return `[${text}]`;
  }
  for (const key in value) {
    const item = value[key];
    if (item === undefined) continue;
    text += `${text === '' ? '' : ', '}${jsonString(key)}: ${pythonJson(item)}`;
  }
  return `{${text}}`;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '1e9999' : '-1e9999';
}
