import { isReceiverKey, whyNotRead } from './carbon-keys.js';
import type { IniSection } from './python-ini.js';
import { SETTINGS, type SectionName, type Setting } from './settings-table.js';
import { nearest } from './suggest.js';

/*
 * What is in `carbon.conf` and in the environment without having an effect.
 */

export const ENVIRONMENT_PREFIX = 'CARBONBUS_';

/** Sections of Carbon's file that no role of carbonbus reads, and why. */
const SECTIONS_NOT_READ: Readonly<Record<string, string>> = {
  aggregator: 'there is no aggregator yet',
};

/** Lines for the operator, each with its place. */
export interface Review {
  /** Mistakes, most likely. */
  readonly warnings: string[];
  /** What Carbon reads and carbonbus does not, with the reason. */
  readonly notes: string[];
}

/** Tells of every line of the file that has no effect. */
export function reviewSections(
  path: string,
  sections: readonly IniSection[],
  review: Review,
): void {
  const relay = sections.find(({ name }) => name === 'relay');
  for (const section of sections) {
    const { name, line } = section;
    const base = name.split(':')[0];
    if (isSection(base)) reviewOptions(path, section, base, relay, review);
    else if (Object.hasOwn(SECTIONS_NOT_READ, base))
      review.notes.push(`${path}:${line}: [${name}] is not read: ${SECTIONS_NOT_READ[base]}`);
    else {
      const near = nearest(base, Object.keys(SETTINGS));
      review.warnings.push(`${path}:${line}: [${name}] is not read${near ? `; [${near}]?` : ''}`);
    }
  }
}

/** Warns of variables of the environment that name no setting. */
export function reviewEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  review: Review,
): void {
  const known = new Set<string>();
  for (const [section, table] of Object.entries(SETTINGS)) {
    for (const { key } of Object.values<Setting<unknown>>(table)) {
      known.add(`${ENVIRONMENT_PREFIX}${key}`);
      known.add(`${ENVIRONMENT_PREFIX}${section.toUpperCase()}_${key}`);
    }
  }
  for (const name of Object.keys(env)) {
    if (!name.startsWith(ENVIRONMENT_PREFIX) || known.has(name)) continue;
    const near = nearest(name, known);
    review.warnings.push(`environment: ${name} is unknown${near ? `; did you mean ${near}?` : ''}`);
  }
}

/** Whether a section has a setting of this name. */
export function hasKey(section: SectionName, key: string): boolean {
  return Object.values<Setting<unknown>>(SETTINGS[section]).some((setting) => setting.key === key);
}

/** Whether what `[cache]` says of a setting counts for the relay, where `[relay]` does not say it. */
export function isBorrowed(key: string): boolean {
  return isReceiverKey(key) && hasKey('relay', key) && !hasKey('cache', key);
}

function reviewOptions(
  path: string,
  section: IniSection,
  base: SectionName,
  relay: IniSection | undefined,
  review: Review,
): void {
  const notRead = new Map<string, string[]>();
  for (const option of section.options) {
    const key = option.toUpperCase();
    if (hasKey(base, key)) continue;
    const place = `${path}:${section.lineOf(option)}: [${section.name}] ${key}`;
    if (base === 'cache' && isBorrowed(key)) {
      const problem = receiverProblem(section, option, relay);
      if (problem !== undefined) review.warnings.push(`${place} ${problem}`);
      continue;
    }
    const home = sectionOf(key);
    const why = whyNotRead(key);
    if (home !== undefined)
      review.warnings.push(`${place} is not read here; it belongs in [${home}]`);
    else if (why !== undefined) {
      const others = notRead.get(why) ?? [];
      notRead.set(why, [...others, `${key} (line ${section.lineOf(option)})`]);
    } else {
      const keys = Object.values<Setting<unknown>>(SETTINGS[base]).map((setting) => setting.key);
      const near = nearest(key, keys);
      review.warnings.push(`${place} is unknown${near ? `; did you mean ${near}?` : ''}`);
    }
  }
  for (const [why, keys] of notRead) {
    const have = keys.length === 1 ? 'has' : 'have';
    review.notes.push(`${path}: [${section.name}] ${keys.join(', ')} ${have} no effect: ${why}`);
  }
}

/** Why what `[cache]` says of a receiver does not count, if it does not. */
function receiverProblem(
  section: IniSection,
  option: string,
  relay: IniSection | undefined,
): string | undefined {
  if (section.name !== 'cache') {
    return 'is not read: points come in at the relay, never at a node; it belongs in [relay]';
  }
  const there = relay?.raw(option);
  if (there === undefined || there === section.raw(option)) return undefined;
  return `is not read: points come in at the relay, for which [relay] says ${there} (line ${relay?.lineOf(option)})`;
}

function sectionOf(key: string): SectionName | undefined {
  return (Object.keys(SETTINGS) as SectionName[]).find((section) => hasKey(section, key));
}

function isSection(name: string): name is SectionName {
  return Object.hasOwn(SETTINGS, name);
}
