import type { Outside } from '../configuration.js';
import { load } from '../configuration.js';
import { writeOut } from '../output.js';
import { reviewRuleFiles } from './rule-files.js';

/** What is to be said about a configuration; each line names file and line, and the remedy. */
export interface ConfigurationReport {
  readonly folder: string;
  /** With one of these no process starts. */
  readonly errors: readonly string[];
  /** Lines that most likely mean something else. */
  readonly warnings: readonly string[];
  /** What Carbon reads and carbonbus does not, with the reason. */
  readonly notes: readonly string[];
}

/** `carbonbus check-config`: all that is wrong with the configuration, without starting anything. */
export async function checkConfig(
  outside: Outside,
  folder: string,
  { json }: { json?: boolean },
): Promise<number> {
  const report = reviewConfiguration(outside, folder);
  await writeOut(json ? `${JSON.stringify(report)}\n` : reportText(report));
  return report.errors.length === 0 ? 0 : 1;
}

/** Reviews `carbon.conf`, with the section of each instance in it, the environment and every rule file. */
export function reviewConfiguration(outside: Outside, folder: string): ConfigurationReport {
  const plain = load(outside, folder);
  const all = [plain, ...plain.instances.map((instance) => load(outside, folder, instance))];
  const settings = all.flatMap((loaded) => ('settings' in loaded ? [loaded.settings] : []));
  const files = reviewRuleFiles(outside, folder, settings);
  const errors = all.flatMap((loaded) => ('errors' in loaded ? loaded.errors : []));
  const warnings = all.flatMap((loaded) => loaded.warnings);
  return {
    folder,
    errors: [...new Set(errors), ...files.errors],
    warnings: [...new Set(warnings), ...files.warnings],
    notes: plain.notes,
  };
}

function reportText({ folder, errors, warnings, notes }: ConfigurationReport): string {
  const lines = [
    ...errors.map((line) => `error: ${line}`),
    ...warnings.map((line) => `warning: ${line}`),
    ...notes.map((line) => `note: ${line}`),
    `${folder}: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}, ${counted(notes, 'note')}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function counted(lines: readonly string[], what: string): string {
  return `${lines.length} ${what}${lines.length === 1 ? '' : 's'}`;
}
