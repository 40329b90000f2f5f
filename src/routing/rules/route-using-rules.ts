import { allOrErrors, CarbonbusError } from '../../errors.js';
import { crelayTemplate } from './crelay-template.js';
import { ruleLines } from './rule-lines.js';
import { rulePattern } from './rule-pattern.js';

/** carbon-c-relay's `route using`: what a name that matches `pattern` is hashed as. */
export interface RouteUsing {
  readonly pattern: string;
  /** May hold `\1`, `\_1` in lower case, `\^1` in upper case, `\.1` with `_` for each dot. */
  readonly using: string;
}

interface Rule extends RouteUsing {
  matches(name: string): boolean;
  readonly rename: (name: string) => string;
}

/**
 * `route-using.conf`: lines `pattern = name to hash`, of which the first that matches counts. So metrics that belong
 * together go to one daemon, under their own names.
 */
export class RouteUsingRules {
  readonly rules: readonly RouteUsing[];
  /** One for each pattern that may be slow. */
  readonly warnings: readonly string[];
  readonly #rules: readonly Rule[];

  /** Errors: `REGEX_INVALID`, `REPLACEMENT_INVALID`. */
  constructor(rules: readonly RouteUsing[]) {
    const warnings: string[] = [];
    this.#rules = rules.map(({ pattern, using }) => {
      const { regex, warning } = rulePattern(pattern);
      if (warning !== undefined) warnings.push(warning);
      const rename = crelayTemplate(regex, using);
      return { pattern, using, rename, matches: (name) => regex.test(name) };
    });
    this.rules = rules;
    this.warnings = warnings;
  }

  /**
   * Errors: `CONFIG_INVALID`, `REGEX_INVALID`, `REPLACEMENT_INVALID`, with a line of text for each that is wrong.
   *
   * @param text of the file; undefined when there is none: no rules
   */
  static parse(text: string | undefined): RouteUsingRules {
    return new RouteUsingRules(
      allOrErrors(ruleLines(text ?? '', 'anywhere'), (line) => {
        try {
          const rule = ruleOf(line.text);
          new RouteUsingRules([rule]);
          return rule;
        } catch (error) {
          if (!(error instanceof CarbonbusError)) throw error;
          const why = `line ${line.number}: ${error.message}`;
          throw new CarbonbusError(error.code, why, { cause: error });
        }
      }),
    );
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** The name that `name` is hashed as: itself, where no rule takes it. */
  hashedAs(name: string): string {
    return this.#rules.find((rule) => rule.matches(name))?.rename(name) ?? name;
  }
}

function ruleOf(text: string): RouteUsing {
  const equals = text.indexOf('=');
  const [pattern, using] = [text.slice(0, Math.max(equals, 0)), text.slice(equals + 1)];
  if (pattern.trim() === '' || using.trim() === '')
    throw new CarbonbusError('CONFIG_INVALID', `'${text}' is not pattern = name to hash`);
  return { pattern: pattern.trim(), using: using.trim() };
}
