import type { Kind } from './kinds.js';

/** A token, and the beginnings of the names that it may read; the empty one is that of all. */
export interface ReadToken {
  readonly token: string;
  readonly prefixes: readonly string[];
}

const TOKEN = /^[\w.~+/-]{16,}=*$/;
const PREFIX = /^[^\s,|*]+$/;

/** `token:prefix|prefix, token:*`; empty for none. */
export const readTokenList: Kind<readonly ReadToken[]> = {
  description: 'tokens, each with `:` and `*` or prefixes of names, `|` between; or empty',
  isSecret: true,
  parse: (text) => {
    const tokens: ReadToken[] = [];
    for (const part of text.split(',').map((one) => one.trim())) {
      if (part === '') continue;
      const colon = part.indexOf(':');
      const token = part.slice(0, Math.max(0, colon));
      const prefixes = part.slice(colon + 1).split('|');
      const areAll = prefixes.length === 1 && prefixes[0] === '*';
      if (!TOKEN.test(token) || !(areAll || prefixes.every((prefix) => PREFIX.test(prefix)))) {
        return {
          reason:
            'tokens of 16 letters and digits at least with what they may read, such as 0123456789abcdef:servers.|app., fedcba9876543210:*',
        };
      }
      tokens.push({ token, prefixes: areAll ? [''] : prefixes });
    }
    return { value: tokens };
  },
};
