import { errorCode, errorText } from '../errors.js';
import { isCarbonKeyNotRead } from './carbon-keys.js';
import { type IniSection, parsePythonIni } from './python-ini.js';
import { SETTINGS, type SectionName, type Setting, type Settings } from './settings-table.js';
import { nearest } from './suggest.js';

export type { NodePlace } from './kinds.js';
export type { SectionName, Settings } from './settings-table.js';

/** Where the settings come from. Nothing here touches a file or the environment by itself. */
export interface SettingsSource {
  /** The configuration folder; `carbon.conf` lies in it. */
  readonly folder: string;
  /** The instance whose section is read on top of the plain one: `cache:b` reads `[cache]`, then `[cache:b]`. */
  readonly section?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file, or undefined when there is no such file. */
  readonly read: (path: string) => string | undefined;
}

/** Settings, or every error at once; each error and warning is one line that names the place and the remedy. */
export type LoadedSettings =
  | { readonly settings: Settings; readonly warnings: readonly string[] }
  | { readonly errors: readonly string[]; readonly warnings: readonly string[] };

const ENVIRONMENT_PREFIX = 'CARBONBUS_';
/** Sections of Carbon's file that no role of carbonbus reads. */
const CARBON_SECTIONS_NOT_READ: ReadonlySet<string> = new Set(['aggregator']);

/** A text that was given for a setting, and where. */
interface Given {
  readonly text: string;
  /** `config/carbon.conf:12: [relay] FLUSH_INTERVAL`, or the name of a variable. */
  readonly place: string;
}

interface Report {
  readonly errors: string[];
  readonly warnings: string[];
}

/**
 * Reads `carbon.conf` and the environment into frozen settings.
 *
 * From weak to strong: the default, `[section]`, `[section:instance]`, `CARBONBUS_<KEY>` for every section
 * that has the key, `CARBONBUS_<SECTION>_<KEY>` for one.
 */
export function loadSettings(source: SettingsSource): LoadedSettings {
  const report: Report = { errors: [], warnings: [] };
  const path = `${source.folder.replace(/\/+$/, '')}/carbon.conf`;
  const text = source.read(path);
  if (text === undefined) {
    report.errors.push(`${path}: no such file; --config names the folder of carbon.conf`);
    return report;
  }
  try {
    const sections = parsePythonIni(text);
    reviewSections(path, sections, report);
    reviewEnvironment(source.env, report);
    const settings = readAll(path, sections, source, report);
    if (report.errors.length === 0) checkTogether(settings, report);
    return report.errors.length > 0 ? report : { settings, warnings: report.warnings };
  } catch (error) {
    if (errorCode(error) !== 'CONFIG_INVALID') throw error;
    report.errors.push(`${path}: ${errorText(error)}`);
    return report;
  }
}

function readAll(
  path: string,
  sections: readonly IniSection[],
  source: SettingsSource,
  report: Report,
): Settings {
  const all: Record<string, object> = {};
  for (const [section, table] of entries(SETTINGS)) {
    const instance = source.section?.startsWith(`${section}:`) ? source.section : undefined;
    const given = new Map<string, Given>();
    for (const name of [section, instance]) {
      const found = sections.find((candidate) => candidate.name === name);
      if (found !== undefined) addGiven(given, path, found);
    }
    const values: Record<string, unknown> = {};
    for (const [field, setting] of Object.entries<Setting<unknown>>(table)) {
      const text = fromEnvironment(source.env, section, setting.key) ?? given.get(setting.key);
      values[field] = readOne(setting, text, report);
    }
    all[section] = values;
  }
  const settings = all as { -readonly [S in SectionName]: Settings[S] };
  if (settings.nats.urls?.length === 0) {
    const urls = Object.freeze([`nats://127.0.0.1:${settings.nats.port}`]);
    settings.nats = { ...settings.nats, urls };
  }
  for (const values of Object.values(settings)) Object.freeze(values);
  return Object.freeze(settings);
}

function addGiven(given: Map<string, Given>, path: string, section: IniSection): void {
  for (const option of section.options) {
    const key = option.toUpperCase();
    const place = `${path}:${section.lineOf(option)}: [${section.name}] ${key}`;
    given.set(key, { text: section.get(option) ?? '', place });
  }
}

function fromEnvironment(
  env: SettingsSource['env'],
  section: string,
  key: string,
): Given | undefined {
  for (const name of [
    `${ENVIRONMENT_PREFIX}${section.toUpperCase()}_${key}`,
    `${ENVIRONMENT_PREFIX}${key}`,
  ]) {
    const text = env[name];
    if (text !== undefined) return { text: text.trim(), place: `environment: ${name}` };
  }
  return undefined;
}

function readOne(setting: Setting<unknown>, given: Given | undefined, report: Report): unknown {
  const parsed = setting.kind.parse(given?.text ?? setting.initial);
  if ('value' in parsed) return parsed.value;
  const place = given?.place ?? `default of ${setting.key}`;
  const comment = /\s[#;]/.test(given?.text ?? '') ? ' (a comment needs a line of its own)' : '';
  report.errors.push(`${place} = ${given?.text}: must be ${parsed.reason}${comment}`);
  return undefined;
}

/** What no single setting can say of itself. */
function checkTogether({ cluster, nats, relay }: Settings, report: Report): void {
  if (cluster.replicationFactor > cluster.nodes.length)
    report.errors.push(
      `REPLICATION_FACTOR is ${cluster.replicationFactor}, but NODES lists ${cluster.nodes.length}: lower it, or add nodes`,
    );
  if (relay.windowBytes < 2 * relay.batchBytes)
    report.errors.push(
      `WINDOW_BYTES is ${relay.windowBytes}, but must hold two batches of BATCH_BYTES (${relay.batchBytes}): raise it`,
    );
  if (nats.port === nats.monitorPort)
    report.errors.push(`NATS_PORT and NATS_MONITOR_PORT are both ${nats.port}: change one`);
  if (nats.password !== '' && nats.user === '')
    report.errors.push('NATS_PASSWORD is given without NATS_USER: set both, or neither');
  if (nats.credentialsFile !== '' && nats.user !== '')
    report.errors.push('NATS_CREDENTIALS and NATS_USER are both given: remove one');
}

/** Warns of every line that has no effect. */
function reviewSections(path: string, sections: readonly IniSection[], report: Report): void {
  for (const section of sections) {
    const { name, line } = section;
    const base = name.split(':')[0];
    if (CARBON_SECTIONS_NOT_READ.has(base)) {
      report.warnings.push(
        `${path}:${line}: [${name}] is not read: carbonbus has no such role yet`,
      );
    } else if (!isSection(base)) {
      const near = nearest(base, Object.keys(SETTINGS));
      report.warnings.push(`${path}:${line}: [${name}] is not read${near ? `; [${near}]?` : ''}`);
    } else {
      reviewOptions(path, section, base, report);
    }
  }
}

function reviewOptions(path: string, section: IniSection, base: SectionName, report: Report): void {
  const own = new Set(Object.values<Setting<unknown>>(SETTINGS[base]).map(({ key }) => key));
  const notRead: string[] = [];
  for (const option of section.options) {
    const key = option.toUpperCase();
    if (own.has(key)) continue;
    const line = section.lineOf(option);
    const place = `${path}:${line}: [${section.name}] ${key}`;
    const home = sectionOf(key);
    if (home !== undefined)
      report.warnings.push(`${place} is not read here; it belongs in [${home}]`);
    else if (isCarbonKeyNotRead(key)) notRead.push(`${key} (line ${line})`);
    else {
      const near = nearest(key, own);
      report.warnings.push(`${place} is unknown${near ? `; did you mean ${near}?` : ''}`);
    }
  }
  if (notRead.length > 0)
    report.warnings.push(
      `${path}: [${section.name}] settings of Carbon's that have no effect here: ${notRead.join(', ')}`,
    );
}

function reviewEnvironment(env: SettingsSource['env'], report: Report): void {
  const known = new Set<string>();
  for (const [section, table] of entries(SETTINGS)) {
    for (const { key } of Object.values<Setting<unknown>>(table)) {
      known.add(`${ENVIRONMENT_PREFIX}${key}`);
      known.add(`${ENVIRONMENT_PREFIX}${section.toUpperCase()}_${key}`);
    }
  }
  for (const name of Object.keys(env)) {
    if (!name.startsWith(ENVIRONMENT_PREFIX) || known.has(name)) continue;
    const near = nearest(name, known);
    report.warnings.push(`environment: ${name} is unknown${near ? `; did you mean ${near}?` : ''}`);
  }
}

function sectionOf(key: string): SectionName | undefined {
  return entries(SETTINGS).find(([, table]) =>
    Object.values<Setting<unknown>>(table).some((setting) => setting.key === key),
  )?.[0];
}

function isSection(name: string): name is SectionName {
  return Object.hasOwn(SETTINGS, name);
}

function entries<T extends object>(table: T): [keyof T & string, T[keyof T]][] {
  return Object.entries(table) as [keyof T & string, T[keyof T]][];
}
