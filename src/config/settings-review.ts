import { CARBON_KEYS_NOT_READ, isReceiverKey, whyNotRead } from './carbon-keys.js';
import type { IniSection } from './python-ini.js';
import { SETTINGS, type SectionName, type Setting } from './settings-table.js';
import { nearest } from './suggest.js';

/*
 * What is in `carbon.conf` and in the environment without having an effect.
 */

export const ENVIRONMENT_PREFIX = 'CARBONBUS_';

const WHERE_SETTINGS_ARE_LISTED = '`carbonbus config` lists all settings';

/** Sections of Carbon's file that no role of carbonbus reads, and why. */
const SECTIONS_NOT_READ: Readonly<Record<string, string>> = {
  aggregator: 'there is no aggregator yet',
};

/** What a role is called on the command line, where its section has another name, as Carbon's. */
const SECTIONS_OF_ROLES: Readonly<Record<string, SectionName>> = {
  node: 'cache',
  forwarder: 'relay',
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
    else review.warnings.push(`${path}:${line}: [${name}] is not read: ${sectionMeant(name)}`);
  }
}

/** What to write instead of a section that nobody reads. */
function sectionMeant(name: string): string {
  const [base, ...instance] = name.split(':');
  const of = (section: string): string => `[${[section, ...instance].join(':')}]`;
  if (Object.hasOwn(SECTIONS_OF_ROLES, base)) {
    const section = SECTIONS_OF_ROLES[base];
    return `a ${base} reads ${of(section)}${instance.length > 0 ? `, over [${section}]` : ''}`;
  }
  const near = nearest(base, Object.keys(SETTINGS));
  if (near !== undefined) return `did you mean ${of(near)}?`;
  const all = Object.keys(SETTINGS).map((section) => `[${section}]`);
  return `the sections are ${all.join(', ')}, and those of one instance, such as [cache:node1]`;
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
    const meant = near === undefined ? WHERE_SETTINGS_ARE_LISTED : `did you mean ${near}?`;
    review.warnings.push(`environment: ${name} is unknown; ${meant}`);
  }
}

/** Whether a section has a setting of this name. */
export function hasKey(section: SectionName, key: string): boolean {
  return keysOf(section).includes(key);
}

function keysOf(section: SectionName): string[] {
  return Object.values<Setting<unknown>>(SETTINGS[section]).map((setting) => setting.key);
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
      review.warnings.push(`${place} is unknown; ${keyMeant(section.name, key)}`);
    }
  }
  for (const [why, keys] of notRead) {
    const have = keys.length === 1 ? 'has' : 'have';
    review.notes.push(`${path}: [${section.name}] ${keys.join(', ')} ${have} no effect: ${why}`);
  }
}

/** What an unknown key of a section (`cache:b`) was meant to be: one of its own, of another section, or of Carbon's. */
function keyMeant(name: string, key: string): string {
  const base = name.split(':')[0] as SectionName;
  const others = (Object.keys(SETTINGS) as SectionName[]).flatMap(keysOf);
  const near = nearest(key, [...keysOf(base), ...others, ...CARBON_KEYS_NOT_READ]);
  if (near === undefined) return WHERE_SETTINGS_ARE_LISTED;
  const meant = `did you mean ${near}?`;
  if (hasKey(base, near) || (name === 'cache' && isBorrowed(near))) return meant;
  const home = sectionOf(near);
  if (home !== undefined) return `${meant} It belongs in [${home}]`;
  return `${meant} That has no effect: ${whyNotRead(near)}`;
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
