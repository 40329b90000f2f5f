import type { EffectiveSetting, Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings-table.js';
import { nearest } from '../../config/suggest.js';
import { complain, Exit, load, type Outside } from '../configuration.js';
import { writeOut } from '../output.js';
import { table } from './table.js';

const EXIT_UNKNOWN_SECTION = 1;
const HIDDEN = '***';

/** `carbonbus config`: every setting as it counts, and where that stands. */
export async function config(
  outside: Outside,
  folder: string,
  { section, json }: { section?: string; json?: boolean },
): Promise<number> {
  const base = section?.split(':')[0];
  if (base !== undefined && !Object.hasOwn(SETTINGS, base)) refuseSection(base);
  const loaded = load(outside, folder, section?.includes(':') ? section : undefined);
  complain('warning', loaded.warnings);
  if ('errors' in loaded) {
    complain('error', loaded.errors);
    return 1;
  }
  const wanted = loaded.effective.filter((one) => base === undefined || one.section === base);
  await writeOut(
    json
      ? `${JSON.stringify(wanted.map((one) => described(one, loaded.settings)))}\n`
      : settingsText(wanted),
  );
  return 0;
}

function refuseSection(base: string): never {
  const sections = Object.keys(SETTINGS);
  const near = nearest(base, sections);
  complain('error', [
    `there is no section ${base}${near ? `; did you mean ${near}?` : `: it is one of ${sections.join(', ')}`}`,
  ]);
  throw new Exit(EXIT_UNKNOWN_SECTION);
}

/** For programs: `value` is what the text means, in the unit that `field` ends with. */
function described(one: EffectiveSetting, settings: Settings): object {
  const { section, key, field, from, place, isSecret } = one;
  const value = (settings[section] as Record<string, unknown>)[field];
  return {
    section,
    key,
    text: shown(one),
    from,
    place,
    field,
    value: isSecret ? shown(one) : value === Number.POSITIVE_INFINITY ? 'inf' : value,
  };
}

function settingsText(settings: readonly EffectiveSetting[]): string {
  const sections = [...new Set(settings.map(({ section }) => section))];
  return sections
    .map((section) => {
      const own = settings.filter((one) => one.section === section);
      return `[${section}]\n${table(own.map((one) => [one.key, shown(one), origin(one)]))}`;
    })
    .join('\n');
}

function shown({ text, isSecret }: EffectiveSetting): string {
  return isSecret && text !== '' ? HIDDEN : text;
}

/** `config/carbon.conf:12 [cache:b]`, a variable of the environment, or `default`. */
function origin({ from, place }: EffectiveSetting): string {
  return from === 'default' ? from : place.replace(/: (\[[^\]]*\]) \S+$/, ' $1');
}
