import { rate } from '../../config/kinds.js';
import { type IniSection, parsePythonIni } from '../../config/python-ini.js';
import { CarbonbusError } from '../../errors.js';
import { rulePattern } from './rule-pattern.js';

/** A section of `quotas.conf`: what the metrics of a namespace may do together. */
export interface Quota {
  /** Of the section. */
  readonly name: string;
  /** A Python pattern, searched for anywhere in a name. */
  readonly pattern: string;
  /** `Infinity` for no limit. */
  readonly pointsPerSecond: number;
  /** `Infinity` for no limit. */
  readonly newMetricsPerMinute: number;
}

const OPTIONS = ['pattern', 'pointspersecond', 'newmetricsperminute'];

/** `quotas.conf`: the first section whose pattern is found in a name is the name's quota. */
export class Quotas {
  readonly quotas: readonly Quota[];
  /** One for each pattern that may be slow. */
  readonly warnings: readonly string[];
  readonly #regexes: readonly RegExp[];

  private constructor(quotas: readonly Quota[]) {
    this.quotas = quotas;
    const patterns = quotas.map(({ pattern }) => rulePattern(pattern));
    this.#regexes = patterns.map(({ regex }) => regex);
    this.warnings = patterns.flatMap(({ warning }, i) =>
      warning === undefined ? [] : [`[${quotas[i].name}]: ${warning}`],
    );
  }

  /**
   * Errors: `CONFIG_INVALID` or `REGEX_INVALID`, with the line; a line of text for each.
   *
   * @param text of the file; undefined when there is none: no quotas
   */
  static parse(text: string | undefined): Quotas {
    return new Quotas(parsePythonIni(text ?? '', quotaOf));
  }

  /** Index of the quota that a name falls under; -1 for none. */
  indexOf(name: string): number {
    return this.#regexes.findIndex((regex) => regex.test(name));
  }
}

function quotaOf(section: IniSection): Quota {
  const unknown = section.options.find((option) => !OPTIONS.includes(option));
  if (unknown !== undefined)
    throw invalid(
      section,
      unknown,
      `${unknown} is not known; a quota has pattern, pointsPerSecond and newMetricsPerMinute`,
    );
  const pattern = section.get('pattern');
  if (pattern === undefined || pattern === '') throw invalid(section, 'pattern', 'no pattern');
  try {
    rulePattern(pattern);
  } catch (error) {
    if (!(error instanceof CarbonbusError)) throw error;
    throw invalid(section, 'pattern', error.message);
  }
  return {
    name: section.name,
    pattern,
    pointsPerSecond: limitOf(section, 'pointsPerSecond'),
    newMetricsPerMinute: limitOf(section, 'newMetricsPerMinute'),
  };
}

function limitOf(section: IniSection, option: string): number {
  const text = section.get(option);
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const parsed = rate.parse(text);
  if ('reason' in parsed) throw invalid(section, option, `${option} must be ${parsed.reason}`);
  return parsed.value;
}

function invalid(section: IniSection, option: string, why: string): CarbonbusError {
  const line = section.lineOf(option);
  return new CarbonbusError('CONFIG_INVALID', `line ${line}: [${section.name}]: ${why}`);
}
