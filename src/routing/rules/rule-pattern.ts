import { type PythonRegexOptions, pythonRegex } from '../../config/python-regex.js';

/** A pattern of a rule file, ready to be searched for. */
export interface RulePattern {
  readonly regex: RegExp;
  /** What the operator should know of it; undefined for a harmless one. */
  readonly warning: string | undefined;
}

/** Errors: `REGEX_INVALID`. */
export function rulePattern(pattern: string, options?: PythonRegexOptions): RulePattern {
  const regex = pythonRegex(pattern, options);
  const warning = repeatsWithinRepeats(regex.source)
    ? `pattern '${pattern}' repeats what repeats itself: some names can take very long to match`
    : undefined;
  return { regex, warning };
}

/** What `pythonRegex` writes: sets, escapes, groups, repeats, and single characters. */
const TOKENS =
  /\[[^\]]*\]|\\u\{[0-9a-f]+\}|\\.|\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?|[*+]\??|\{\d+,?\d*\}\??|./gsu;
const WITHOUT_LIMIT = /^(?:[*+]|\{\d+,\})/;

/**
 * Whether a group that may be repeated without limit holds a repeat without limit that nothing delimits, as in `(a+)+`:
 * the matcher may then try exponentially many ways to share out a name. `([^.]+\.)+` is harmless, as its dot ends
 * every round.
 *
 * @param source of a RegExp that `pythonRegex` made
 */
function repeatsWithinRepeats(source: string): boolean {
  /** For each open group: whether the item before the current one, or any alternative's last one, repeats at its end. */
  const open: boolean[] = [];
  let endsRepeating = false;
  let anyAlternative = false;
  let lastGroupRepeats = false;
  for (const [token] of source.matchAll(TOKENS)) {
    if (token.startsWith('(')) {
      open.push(anyAlternative);
      anyAlternative = false;
      endsRepeating = false;
      lastGroupRepeats = false;
    } else if (token === ')') {
      lastGroupRepeats = endsRepeating || anyAlternative;
      anyAlternative = open.pop() ?? false;
      endsRepeating = lastGroupRepeats;
    } else if (token === '|') {
      anyAlternative ||= endsRepeating;
      endsRepeating = false;
      lastGroupRepeats = false;
    } else if (WITHOUT_LIMIT.test(token)) {
      if (lastGroupRepeats) return true;
      endsRepeating = true;
      lastGroupRepeats = false;
    } else if (!token.startsWith('{') && token !== '?') {
      endsRepeating = false;
      lastGroupRepeats = false;
    }
  }
  return false;
}
