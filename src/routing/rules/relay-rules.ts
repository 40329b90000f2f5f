import { type Destination, destinationText, parseDestinations } from '../../config/destination.js';
import { boolean } from '../../config/kinds.js';
import { type IniSection, parsePythonIni, unseenSection } from '../../config/python-ini.js';
import { CarbonbusError } from '../../errors.js';
import type { NameRouter } from '../rings/name-router.js';
import { rulePattern } from './rule-pattern.js';

/** A section of `relay-rules.conf`. */
export interface RelayRule {
  /** Of the section. */
  readonly name: string;
  /** A Python pattern, searched for anywhere and ignoring case; undefined for the default rule, which takes every name. */
  readonly pattern: string | undefined;
  readonly destinations: readonly Destination[];
  /** Whether the rules behind this one are asked as well. */
  readonly continues: boolean;
}

/**
 * `relay-rules.conf` (carbon 1.1.7, `relayrules.py`): the first rule that matches says where a point goes, and the one
 * default rule comes last wherever it stands.
 */
export class RelayRules {
  /** In the order in which they are asked. */
  readonly rules: readonly RelayRule[];
  /** One for each section that is left out, pattern that may be slow, and destination that is not configured. */
  readonly warnings: readonly string[];
  readonly #regexes: readonly (RegExp | undefined)[];

  private constructor(
    rules: readonly RelayRule[],
    leftOut: readonly string[],
    configured?: readonly Destination[],
  ) {
    this.rules = rules;
    const patterns = rules.map(({ pattern }) =>
      pattern === undefined ? undefined : rulePattern(pattern, { ignoreCase: true }),
    );
    this.#regexes = patterns.map((pattern) => pattern?.regex);
    const slow = patterns.flatMap((pattern, i) =>
      pattern?.warning === undefined ? [] : [`[${rules[i].name}]: ${pattern.warning}`],
    );
    const strangers = configured === undefined ? [] : strangersIn(rules, configured);
    this.warnings = [...leftOut, ...slow, ...strangers];
  }

  /**
   * Errors: `CONFIG_MISSING`, `CONFIG_INVALID`, `DESTINATION_INVALID`, `REGEX_INVALID`, with the line, for what stops
   * carbon.
   *
   * @param text of the file; undefined when there is none
   * @param configured DESTINATIONS: a rule that names others is warned of
   */
  static parse(text: string | undefined, configured?: readonly Destination[]): RelayRules {
    if (text === undefined)
      throw new CarbonbusError(
        'CONFIG_MISSING',
        'no such file; carbonbus needs it for RELAY_METHOD = rules',
      );
    const leftOut: string[] = [];
    const read = parsePythonIni(text, (section) => {
      const unseen = unseenSection(section);
      if (unseen === undefined)
        return { section, rule: atLine(section, 'pattern', () => ruleOf(section)) };
      leftOut.push(`line ${section.line}: [${section.name}] is skipped: ${unseen}`);
      return { section, rule: undefined };
    });
    const rules: RelayRule[] = [];
    let last: RelayRule | undefined;
    for (const { section, rule } of read) {
      if (rule === undefined) continue;
      if (rule.pattern !== undefined) rules.push(rule);
      else if (last === undefined) last = rule;
      else throw invalid(section, 'default', 'only one default rule can be');
    }
    if (last === undefined)
      throw new CarbonbusError(
        'CONFIG_INVALID',
        "no default rule: exactly one section needs 'default = true' instead of a pattern",
      );
    return new RelayRules([...rules, last], leftOut, configured);
  }

  /** The rules that a name falls under, the last of which does not continue. */
  match(name: string): RelayRule[] {
    const found: RelayRule[] = [];
    for (let i = 0; i < this.rules.length; i++) {
      const regex = this.#regexes[i];
      if (regex !== undefined && !regex.test(name)) continue;
      found.push(this.rules[i]);
      if (!this.rules[i].continues) break;
    }
    return found;
  }
}

/**
 * Routes by `relay-rules.conf` among the destinations that are configured (`DESTINATIONS`); others that a rule names
 * are left out, and one that two rules name comes twice, as in Carbon. Slow, as it matches patterns: to be put behind
 * a cache of names.
 */
export class RelayRulesRouter implements NameRouter {
  readonly destinationsMax: number;
  readonly #rules: RelayRules;
  readonly #indexes: ReadonlyMap<string, number>;

  constructor(rules: RelayRules, configured: readonly Destination[]) {
    this.#rules = rules;
    this.#indexes = new Map(configured.map((one, index) => [destinationText(one), index]));
    this.destinationsMax = rules.rules.reduce((sum, rule) => sum + rule.destinations.length, 0);
  }

  destinationsOf(bytes: Uint8Array, start: number, end: number, into: Uint16Array): number {
    const name = Buffer.from(bytes.subarray(start, end)).toString();
    let count = 0;
    for (const { destinations } of this.#rules.match(name))
      for (const destination of destinations) {
        const index = this.#indexes.get(destinationText(destination));
        if (index !== undefined) into[count++] = index;
      }
    return count;
  }
}

function strangersIn(rules: readonly RelayRule[], configured: readonly Destination[]): string[] {
  const known = new Set(configured.map(destinationText));
  return rules.flatMap(({ name, destinations }) =>
    destinations
      .map(destinationText)
      .filter((destination) => !known.has(destination))
      .map(
        (destination) => `[${name}]: ${destination} is none of DESTINATIONS: nothing goes there`,
      ),
  );
}

/** Undefined for a section that carbon ignores: without pattern, and not the default. */
function ruleOf(section: IniSection): RelayRule | undefined {
  const listed = section.get('destinations');
  if (listed === undefined) throw invalid(section, '', 'no destinations');
  const destinations = atLine(section, 'destinations', () => parseDestinations(listed));
  const pattern = section.get('pattern');
  if (pattern !== undefined) {
    if (section.raw('default') !== undefined)
      throw invalid(section, 'default', "'pattern' and 'default' exclude each other");
    rulePattern(pattern, { ignoreCase: true });
    return { name: section.name, pattern, destinations, continues: truth(section, 'continue') };
  }
  if (!truth(section, 'default')) return undefined;
  return { name: section.name, pattern, destinations, continues: false };
}

function truth(section: IniSection, option: string): boolean {
  const text = section.get(option);
  if (text === undefined) return false;
  const parsed = boolean.parse(text);
  if ('reason' in parsed) throw invalid(section, option, `'${text}' must be ${parsed.reason}`);
  return parsed.value;
}

function invalid(section: IniSection, option: string, why: string): CarbonbusError {
  const line = section.lineOf(option);
  return new CarbonbusError('CONFIG_INVALID', `line ${line}: [${section.name}]: ${why}`);
}

/** Gives an error that has no line yet that of an option. */
function atLine<T>(section: IniSection, option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CarbonbusError) || /^line \d/.test(error.message)) throw error;
    const text = `line ${section.lineOf(option)}: [${section.name}]: ${error.message}`;
    throw new CarbonbusError(error.code, text, { cause: error });
  }
}
