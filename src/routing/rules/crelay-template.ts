import { CarbonbusError } from '../../errors.js';

/** What a group matched, or a text that stands for itself. */
type Piece = string | { readonly group: number; readonly changed: (text: string) => string };

/** Case is changed where C's default locale knows it. */
const CHANGES: Readonly<Record<string, (text: string) => string>> = {
  '': (text) => text,
  _: (text) => text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  '^': (text) => text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase()),
};

/**
 * Puts a replacement in the place of the first match, as carbon-c-relay does (3.7, its `router_rewrite_metric`): `\1` is what the
 * first group matched, `\_1` that in lower case, `\^1` in upper case, and with a `.` before the digits (`\.1`, `\_.1`) each dot in
 * it is `_`. A backslash before anything else is nothing.
 *
 * Errors: `REPLACEMENT_INVALID` for a group that the pattern does not have, which is empty there.
 */
export function crelayTemplate(pattern: RegExp, replacement: string): (name: string) => string {
  const groups = (new RegExp(`${pattern.source}|`, pattern.flags).exec('')?.length ?? 1) - 1;
  const pieces: Piece[] = [];
  for (const [text, change, dot, digits] of replacement.matchAll(/\\+([_^]?)(\.?)(\d*)|[^\\]+/g)) {
    if (!text.startsWith('\\')) pieces.push(text);
    else if (digits !== '') {
      const group = Number(digits);
      if (group < 1 || group > groups)
        throw new CarbonbusError(
          'REPLACEMENT_INVALID',
          `replacement '${replacement}': the pattern has no group ${group}`,
        );
      const changed = (part: string): string => {
        const other = CHANGES[change](part);
        return dot === '' ? other : other.replaceAll('.', '_');
      };
      pieces.push({ group, changed });
    }
  }
  return (name) =>
    name.replace(pattern, (...match: (string | undefined)[]) =>
      pieces
        .map((piece) =>
          typeof piece === 'string' ? piece : piece.changed(match[piece.group] ?? ''),
        )
        .join(''),
    );
}
