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
  return isList(value) ? `[${itemsText(value)}]` : objectText(value);
}

/** Texts that are joined while they are young: of twenty thousand at once most of the time goes into collecting garbage. */
const ITEMS_AT_ONCE = 256;

function itemsText(items: readonly JsonValue[]): string {
  if (items.length <= ITEMS_AT_ONCE) return items.map(pythonJson).join(', ');
  const texts: string[] = [];
  for (let at = 0; at < items.length; at += ITEMS_AT_ONCE)
    texts.push(itemsText(items.slice(at, at + ITEMS_AT_ONCE)));
  return texts.join(', ');
}

/** Lists are long, and their items small and alike. */
function objectText(value: { readonly [key: string]: JsonValue | undefined }): string {
  let text = '';
  for (const key in value) {
    const item = value[key];
    if (item === undefined) continue;
    const itemText = typeof item === 'string' ? jsonString(item) : pythonJson(item);
    text += text === '' ? `{${keyText(key)}${itemText}` : `, ${keyText(key)}${itemText}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

/** Those of our own answers are few; others, which are names of tags, are not kept. */
const KEY_TEXTS_MAX = 100;
const keyTexts = new Map<string, string>();

function keyText(key: string): string {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  const text = `${jsonString(key)}: `;
  if (keyTexts.size < KEY_TEXTS_MAX) keyTexts.set(key, text);
  return text;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '1e9999' : '-1e9999';
}
