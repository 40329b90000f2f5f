import { createHash } from 'node:crypto';
import { parseReadToken, type ReadToken, TOKEN_FORM } from '../config/read-tokens.js';
import { CarbonbusError } from '../errors.js';
import { ruleLines } from '../routing/rules/rule-lines.js';
import { LiveRules, type ReadText, type RuleFile } from './live-rules.js';

interface TokenFile {
  readonly tokens: readonly ReadToken[];
  readonly warnings: readonly string[];
}

/** `read-tokens.conf`, and the tokens of the settings before it. */
export type LiveReadTokens = LiveRules<{ readonly tokens: TokenFile }, readonly ReadToken[]>;

/**
 * The tokens of `read-tokens.conf`: one a line, `token:prefix|prefix` or `token:*`. An edit that leaves none at all is
 * refused, since without tokens everybody may read all.
 *
 * @param configured HTTP_READ_TOKENS, which count as well
 * Errors: as those of `LiveRules`.
 */
export function readTokens(
  folder: string,
  read: ReadText,
  configured: readonly ReadToken[],
): LiveReadTokens {
  let areNeeded = false;
  const parse = (text: string | undefined): TokenFile => {
    const file = parseTokenFile(text);
    const isOpen = file.tokens.length + configured.length === 0;
    if (isOpen && areNeeded) {
      const why = 'no token is left, which would let everybody read all: restart for that';
      throw new CarbonbusError('CONFIG_INVALID', why);
    }
    areNeeded = !isOpen;
    return file;
  };
  return new LiveRules({
    folder,
    read,
    files: { tokens: { ...TOKEN_FILE, parse } },
    combine: ({ tokens }: { readonly tokens: TokenFile }) => [...configured, ...tokens.tokens],
  });
}

/** @throws CarbonbusError `CONFIG_INVALID`, with a line of text for each line of the file that is none */
export function parseTokenFile(text: string | undefined): TokenFile {
  const tokens: ReadToken[] = [];
  const problems: string[] = [];
  for (const line of ruleLines(text ?? '', 'anywhere')) {
    const token = parseReadToken(line.text);
    if (token === undefined) problems.push(`line ${line.number}: no token: ${TOKEN_FORM}`);
    else tokens.push(token);
  }
  if (problems.length > 0) throw new CarbonbusError('CONFIG_INVALID', problems.join('\n'));
  return { tokens, warnings: [] };
}

/** Tokens are secret: what is said of an edit names them by a piece of their hash. */
const TOKEN_FILE: Omit<RuleFile<TokenFile>, 'parse'> = {
  name: 'read-tokens.conf',
  entries: ({ tokens }) =>
    tokens.map(({ token, prefixes }) => [
      createHash('sha256').update(token).digest('hex').slice(0, 8),
      prefixes.join('|'),
    ]),
};
