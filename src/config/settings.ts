import { isCarbonKeyNotRead } from './carbon-keys.js';
import { type ConfOption, type ConfSection, readConfFile } from './conf-file.js';
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
  const file = text === undefined ? undefined : readConfFile(text);
  if (file === undefined) {
    report.errors.push(`${path}: no such file; --config names the folder of carbon.conf`);
    return report;
  }
  if ('reason' in file) {
    report.errors.push(`${path}:${file.line}: ${file.reason}`);
    return report;
  }
  reviewSections(path, file.sections, report);
  reviewEnvironment(source.env, report);
  const settings = readAll(path, file.sections, source, report);
  if (report.errors.length === 0) checkTogether(settings, report);
  if (report.errors.length > 0) return report;
  return { settings: Object.freeze(settings), warnings: report.warnings };
}

function readAll(
  path: string,
  sections: readonly ConfSection[],
  source: SettingsSource,
  report: Report,
): Settings {
  const all: Record<string, object> = {};
  for (const [section, table] of entries(SETTINGS)) {
    const given = new Map<string, Given>();
    const isOfSection = (name: string): boolean =>
      name === section || (name === source.section && name.startsWith(`${section}:`));
    const ordered = sections
      .filter((candidate) => isOfSection(candidate.name))
      .sort((a, b) => a.name.length - b.name.length);
    for (const { name, options } of ordered) {
      for (const option of options)
        given.set(option.name.toUpperCase(), fromFile(path, name, option));
    }
    const values: Record<string, unknown> = {};
    for (const [field, setting] of Object.entries<Setting<unknown>>(table)) {
      const found = fromEnvironment(source.env, section, setting.key) ?? given.get(setting.key);
      values[field] = readOne(setting, found, report);
    }
    all[section] = values;
  }
  const settings = all as { -readonly [S in SectionName]: Settings[S] };
  if (settings.nats.urls?.length === 0) {
    const urls = Object.freeze([`nats://127.0.0.1:${settings.nats.port}`]);
    settings.nats = { ...settings.nats, urls };
  }
  for (const values of Object.values(settings)) Object.freeze(values);
  return settings;
}

function fromFile(path: string, section: string, option: ConfOption): Given {
  const place = `${path}:${option.line}: [${section}] ${option.name.toUpperCase()}`;
  return { text: option.value, place };
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
function reviewSections(path: string, sections: readonly ConfSection[], report: Report): void {
  for (const { name, line, options } of sections) {
    const base = name.split(':')[0];
    if (CARBON_SECTIONS_NOT_READ.has(base)) {
      report.warnings.push(
        `${path}:${line}: [${name}] is not read: carbonbus has no such role yet`,
      );
    } else if (!isSection(base)) {
      const near = nearest(base, Object.keys(SETTINGS));
      report.warnings.push(`${path}:${line}: [${name}] is not read${near ? `; [${near}]?` : ''}`);
    } else {
      reviewOptions(path, name, base, options, report);
    }
  }
}

function reviewOptions(
  path: string,
  name: string,
  base: SectionName,
  options: readonly ConfOption[],
  report: Report,
): void {
  const own = new Set(Object.values<Setting<unknown>>(SETTINGS[base]).map(({ key }) => key));
  const notRead: string[] = [];
  for (const option of options) {
    const key = option.name.toUpperCase();
    if (own.has(key)) continue;
    const place = `${path}:${option.line}: [${name}] ${key}`;
    const home = sectionOf(key);
    if (home !== undefined)
      report.warnings.push(`${place} is not read here; it belongs in [${home}]`);
    else if (isCarbonKeyNotRead(key)) notRead.push(`${key} (line ${option.line})`);
    else {
      const near = nearest(key, own);
      report.warnings.push(`${place} is unknown${near ? `; did you mean ${near}?` : ''}`);
    }
  }
  if (notRead.length > 0)
    report.warnings.push(
      `${path}: [${name}] settings of Carbon's that have no effect here: ${notRead.join(', ')}`,
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
