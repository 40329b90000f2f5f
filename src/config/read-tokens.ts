import type { Kind } from './kinds.js';

/** A token, and the beginnings of the names that it may read; the empty one is that of all. */
export interface ReadToken {
  readonly token: string;
  readonly prefixes: readonly string[];
}

const TOKEN = /^[\w.~+/-]{16,}=*$/;
const PREFIX = /^[^\s,|*]+$/;
const ALL = '*';

/** Why a token, or what it may read, is none. */
export const TOKEN_FORM =
  'tokens of 16 letters and digits at least with what they may read, such as 0123456789abcdef:servers.|app., fedcba9876543210:*';

/** `servers.|app.`, or `*` for all names, which is the empty prefix. */
export const namePrefixes: Kind<readonly string[]> = {
  description: '`*` for all names, or prefixes of names, `|` between',
  parse: (text) => {
    const prefixes = parsePrefixes(text.trim());
    if (prefixes !== undefined) return { value: prefixes };
    return { reason: 'prefixes of names such as servers.|app., or * for all' };
  },
};

/** `token:prefix|prefix, token:*`; empty for none. */
export const readTokenList: Kind<readonly ReadToken[]> = {
  description: 'tokens, each with `:` and `*` or prefixes of names, `|` between; or empty',
  isSecret: true,
  parse: (text) => {
    const tokens: ReadToken[] = [];
    for (const part of text.split(',').map((one) => one.trim())) {
      if (part === '') continue;
      const token = parseReadToken(part);
      if (token === undefined) return { reason: TOKEN_FORM };
      tokens.push(token);
    }
    return { value: tokens };
  },
};

/** `token:prefix|prefix` or `token:*`; undefined for what is neither. */
export function parseReadToken(text: string): ReadToken | undefined {
  const colon = text.indexOf(':');
  const token = text.slice(0, Math.max(0, colon));
  const prefixes = parsePrefixes(text.slice(colon + 1).trim());
  return TOKEN.test(token) && prefixes !== undefined ? { token, prefixes } : undefined;
}

function parsePrefixes(text: string): string[] | undefined {
  if (text === ALL) return [''];
  const prefixes = text.split('|');
  return prefixes.every((prefix) => PREFIX.test(prefix)) ? prefixes : undefined;
}
