import { CarbonbusError, errorText } from '../../errors.js';
import { ruleLines } from './rule-lines.js';
import { rulePattern } from './rule-pattern.js';

/** Why a list keeps a name out. */
export type ListRejection = 'blacklisted' | 'not-whitelisted';

/**
 * A `whitelist.conf` or `blacklist.conf`: a Python pattern a line, of which one has to be found anywhere in a name,
 * case-sensitively. A pattern that cannot be is skipped, as in carbon (1.1.7, `regexlist.py`).
 */
export class NameList {
  readonly patterns: readonly string[];
  /** One for each line that is skipped, or may be slow. */
  readonly warnings: readonly string[];
  readonly #regexes: readonly RegExp[];

  private constructor(patterns: string[], regexes: RegExp[], warnings: string[]) {
    this.patterns = patterns;
    this.#regexes = regexes;
    this.warnings = warnings;
  }

  /** @param text of the file; undefined when there is none: an empty list */
  static parse(text: string | undefined): NameList {
    const patterns: string[] = [];
    const regexes: RegExp[] = [];
    const warnings: string[] = [];
    for (const line of ruleLines(text ?? '', 'in-first-column')) {
      try {
        const { regex, warning } = rulePattern(line.text);
        patterns.push(line.text);
        regexes.push(regex);
        if (warning !== undefined) warnings.push(`line ${line.number}: ${warning}`);
      } catch (error) {
        if (!(error instanceof CarbonbusError)) throw error;
        warnings.push(`line ${line.number}: skipped: ${errorText(error)}`);
      }
    }
    return new NameList(patterns, regexes, warnings);
  }

  get isEmpty(): boolean {
    return this.#regexes.length === 0;
  }

  /** The first pattern that is found in the name. */
  find(name: string): string | undefined {
    const index = this.#regexes.findIndex((regex) => regex.test(name));
    return index < 0 ? undefined : this.patterns[index];
  }
}

/** Why a name is kept out, the blacklist being asked first; an empty whitelist lets every name pass. */
export function listRejection(
  name: string,
  blacklist: NameList,
  whitelist: NameList,
): ListRejection | undefined {
  if (blacklist.find(name) !== undefined) return 'blacklisted';
  if (!whitelist.isEmpty && whitelist.find(name) === undefined) return 'not-whitelisted';
  return undefined;
}
