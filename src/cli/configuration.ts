import { EXIT_CONFIGURATION } from '../actors/supervision/child-messages.js';
import { type LoadedSettings, loadSettings, type Settings } from '../config/settings.js';

/** What the commands get from outside. */
export interface Outside {
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** The text of a file, or undefined when there is no such file. */
  read: (path: string) => string | undefined;
  /** Of this program. */
  version: string;
}

/** Ends a command with an exit code; what there is to say has been said. */
export class Exit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Reads the settings and says every warning; or says every error and ends the command. */
export function settingsOf(outside: Outside, folder: string, instance?: string): Settings {
  const { warnings, notes } = load(outside, folder, instance);
  complain('warning', warnings);
  if (notes.length > 0) {
    const what = `settings of Carbon's in ${folder}/carbon.conf have no effect here`;
    complain('warning', [`${what}; \`carbonbus check-config\` names them with the reasons`]);
  }
  return quietSettingsOf(outside, folder, instance);
}

/** Reads the settings; or says every error and ends the command. */
export function quietSettingsOf(outside: Outside, folder: string, instance?: string): Settings {
  const loaded = load(outside, folder, instance);
  if ('settings' in loaded) return loaded.settings;
  complain('error', loaded.errors);
  throw new Exit(EXIT_CONFIGURATION);
}

/** The settings of an instance (`cache:node1`), or all that is wrong with them. */
export function load(outside: Outside, folder: string, instance?: string): LoadedSettings {
  return loadSettings({ folder, ...outside, ...(instance && { section: instance }) });
}

/** Lines for a person, on standard error. */
export function complain(kind: 'error' | 'warning', lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`${kind}: ${line}\n`);
}
