import { CarbonbusError, errorCode, errorText } from '../errors.js';
import { instanceWarnings } from './instance-review.js';
import { natsProblems, natsWarnings } from './nats-checks.js';
import { ownDestinations } from './own-destinations.js';
import { placedLines } from './placed-lines.js';
import { type IniSection, readPythonIni } from './python-ini.js';
import {
  ENVIRONMENT_PREFIX,
  isBorrowed,
  type Review,
  reviewEnvironment,
  reviewSections,
} from './settings-review.js';
import { SETTINGS, type SectionName, type Setting, type Settings } from './settings-table.js';
import { tlsProblems, tlsWarnings } from './tls-checks.js';

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

/** One setting as it counts. */
export interface EffectiveSetting {
  readonly section: SectionName;
  readonly key: string;
  /** Its name in `Settings`, which ends with the unit. */
  readonly field: string;
  /** As it is written there. */
  readonly text: string;
  readonly from: 'default' | 'file' | 'environment';
  /** `config/carbon.conf:12: [relay] FLUSH_INTERVAL`, `environment: CARBONBUS_SHARDS`; empty for a default. */
  readonly place: string;
  /** What must not be shown. */
  readonly isSecret: boolean;
}

/** Sections of the form `cache:b` that the file has. */
interface Found {
  readonly warnings: readonly string[];
  /** What Carbon reads and carbonbus does not, with the reason. */
  readonly notes: readonly string[];
  readonly instances: readonly string[];
}

/** Settings, or every error at once; each error, warning and note is one line that names the place and the remedy. */
export type LoadedSettings = Found &
  (
    | { readonly settings: Settings; readonly effective: readonly EffectiveSetting[] }
    | { readonly errors: readonly string[] }
  );

/** In the LOCAL_DATA_DIR that no instance has for itself: all processes of a machine share it. */
const PASSWORD_FILE = 'nats-passwords.json';
const ANY_ADDRESS = new Set(['0.0.0.0', '::']);

/** A text that was given for a setting, and where. */
type Given = Pick<EffectiveSetting, 'text' | 'from' | 'place'>;

interface Report extends Review {
  readonly errors: string[];
  readonly instances: string[];
}

/** The file of settings in a folder. */
export function settingsPath(folder: string): string {
  return `${folder.replace(/\/+$/, '')}/carbon.conf`;
}

/**
 * Reads `carbon.conf` and the environment into frozen settings.
 *
 * From weak to strong: the default, `[section]`, `[section:datacentre]`, `[section:instance]`, `CARBONBUS_<KEY>`
 * for every section that has the key, `CARBONBUS_<SECTION>_<KEY>` for one. What `[cache]` says of receivers counts for the relay
 * where `[relay]` does not say it.
 */
export function loadSettings(source: SettingsSource): LoadedSettings {
  const report: Report = { errors: [], warnings: [], notes: [], instances: [] };
  const path = settingsPath(source.folder);
  const text = textOf(path, source, report);
  if (text === undefined) return report;
  const { sections, errors } = readPythonIni(text);
  for (const error of errors) refuse(path, error, report);
  report.instances.push(...sections.flatMap(({ name }) => (name.includes(':') ? [name] : [])));
  reviewSections(path, sections, report);
  reviewEnvironment(source.env, report);
  const { settings, effective } = readAll(path, sections, source, report);
  report.warnings.push(...instanceWarnings(path, sections, settings.cluster));
  if (report.errors.length === 0) checkTogether(settings, report);
  if (report.errors.length > 0) return report;
  const { warnings, notes, instances } = report;
  return { settings, effective, warnings, notes, instances };
}

function textOf(path: string, { read }: SettingsSource, { errors }: Report): string | undefined {
  try {
    const text = read(path);
    if (text === undefined)
      errors.push(`${path}: no such file; --config names the folder of carbon.conf`);
    return text;
  } catch (error) {
    errors.push(
      `${path}: cannot be read: ${errorText(error)}; --config names the folder of carbon.conf, which its user must be able to read`,
    );
    return undefined;
  }
}

function refuse(path: string, error: unknown, { errors }: Report): void {
  if (!(error instanceof CarbonbusError && errorCode(error) === 'CONFIG_INVALID')) throw error;
  for (const text of placedLines(path, errorText(error))) {
    if (!errors.includes(text)) errors.push(text);
  }
}

function readAll(
  path: string,
  sections: readonly IniSection[],
  source: SettingsSource,
  report: Report,
): { settings: Settings; effective: EffectiveSetting[] } {
  const all: Record<string, object> = {};
  const effective: EffectiveSetting[] = [];
  const forAll = (section: SectionName, setting: Setting<unknown>, of?: string): string =>
    textForAll(section, setting, givenFor(section, [of], path, sections, report), source);
  const datacentre = forAll('cluster', SETTINGS.cluster.datacentre);
  for (const [section, table] of entries(SETTINGS)) {
    const instance = source.section?.startsWith(`${section}:`) ? source.section : undefined;
    const given = givenFor(section, [datacentre, instance], path, sections, report);
    const values: Record<string, unknown> = {};
    for (const [field, setting] of Object.entries<Setting<unknown>>(table)) {
      const { key, initial, kind } = setting;
      const one = fromEnvironment(source.env, section, key) ??
        given.get(key) ?? { text: initial, from: 'default', place: '' };
      values[field] = readOne(setting, one, report);
      effective.push({ section, key, field, ...one, isSecret: kind.isSecret === true });
    }
    all[section] = values;
  }
  const settings = all as { -readonly [S in SectionName]: Settings[S] };
  if (report.errors.length === 0 && settings.nats.urls.length === 0) {
    const urls = Object.freeze([ownServerUrl(settings.nats)]);
    settings.nats = { ...settings.nats, urls };
  }
  if (settings.nats.passwordFile === '') {
    const folder = forAll('cache', SETTINGS.cache.localDataDir, datacentre);
    settings.nats = { ...settings.nats, passwordFile: `${folder}/${PASSWORD_FILE}` };
  }
  for (const values of Object.values(settings)) Object.freeze(values);
  return { settings: Object.freeze(settings), effective };
}

/** Where the nats-server of `carbonbus nats` is found on its own machine. */
export function ownServerUrl(nats: Pick<Settings['nats'], 'interface' | 'port'>): string {
  const host = ANY_ADDRESS.has(nats.interface) ? '127.0.0.1' : nats.interface;
  return `nats://${host.includes(':') ? `[${host}]` : host}:${nats.port}`;
}

/** What is said of a setting for all instances of its section. */
function textForAll(
  section: SectionName,
  { key, initial }: Setting<unknown>,
  given: Map<string, Given>,
  { env }: SettingsSource,
): string {
  return (fromEnvironment(env, section, key) ?? given.get(key))?.text ?? initial;
}

/** What the file says of a section, the sections that count more over those that count less. */
function givenFor(
  section: SectionName,
  [datacentre, instance]: readonly [(string | undefined)?, (string | undefined)?],
  path: string,
  sections: readonly IniSection[],
  report: Report,
): Map<string, Given> {
  const given = new Map<string, Given>();
  const named = (name: string | undefined): IniSection | undefined =>
    sections.find((candidate) => candidate.name === name);
  if (section === 'relay') {
    addGiven(given, path, named('cache'), report, isBorrowed);
    addGiven(given, path, named(`cache:${datacentre}`), report, isBorrowed);
  }
  addGiven(given, path, named(section), report);
  addGiven(given, path, named(`${section}:${datacentre}`), report);
  addGiven(given, path, named(instance), report);
  return given;
}

function addGiven(
  given: Map<string, Given>,
  path: string,
  section: IniSection | undefined,
  report: Report,
  isWanted: (key: string) => boolean = () => true,
): void {
  for (const option of section?.options ?? []) {
    const key = option.toUpperCase();
    if (section === undefined || !isWanted(key)) continue;
    const place = `${path}:${section.lineOf(option)}: [${section.name}] ${key}`;
    try {
      given.set(key, { text: section.get(option) ?? '', from: 'file', place });
    } catch (error) {
      refuse(path, error, report);
    }
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
    if (text !== undefined)
      return { text: text.trim(), from: 'environment', place: `environment: ${name}` };
  }
  return undefined;
}

function readOne({ kind, key }: Setting<unknown>, given: Given, report: Report): unknown {
  const parsed = kind.parse(given.text);
  if ('value' in parsed) return parsed.value;
  const place = given.from === 'default' ? `default of ${key}` : given.place;
  const comment = /\s[#;]/.test(given.text) ? ' (a comment needs a line of its own)' : '';
  report.errors.push(`${place} = ${given.text}: must be ${parsed.reason}${comment}`);
  return undefined;
}

/** What no single setting can say of itself. */
function checkTogether(settings: Settings, report: Report): void {
  const { cluster, relay } = settings;
  if (cluster.replicationFactor > cluster.nodes.length)
    report.errors.push(
      `REPLICATION_FACTOR is ${cluster.replicationFactor}, but NODES lists ${cluster.nodes.length}: lower it, or add nodes`,
    );
  if (relay.windowBytes < 2 * relay.batchBytes)
    report.errors.push(
      `WINDOW_BYTES is ${relay.windowBytes}, but must hold two batches of BATCH_BYTES (${relay.batchBytes}): raise it`,
    );
  if (relay.destinationTransport === 'udp' && relay.destinationProtocol !== 'line')
    report.errors.push(
      `DESTINATION_TRANSPORT is udp, by which only lines are sent: set DESTINATION_PROTOCOL = line (it is ${relay.destinationProtocol})`,
    );
  report.errors.push(...tlsProblems(settings), ...natsProblems(settings));
  report.warnings.push(
    ...tlsWarnings(settings),
    ...natsWarnings(settings),
    ...ownDestinations(relay),
  );
}

function entries<T extends object>(table: T): [keyof T & string, T[keyof T]][] {
  return Object.entries(table) as [keyof T & string, T[keyof T]][];
}
