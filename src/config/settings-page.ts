import { SECTION_HELP, SETTINGS, type SectionName, type Setting } from './settings-table.js';

const INTRODUCTION = `# Configuration

<!-- Written by \`node scripts/configuration-page.mjs\` from src/config/sections: change it there. -->

Settings are read from \`carbon.conf\` in the configuration folder (\`config\`, or \`--config DIR\`), in Carbon's
form: sections, upper-case names, comments on lines of their own. Beside it lie \`storage-schemas.conf\` and
\`storage-aggregation.conf\`, as Graphite has them.

A process of a section may have an instance: \`carbonbus node --name node1\` reads \`[cache]\` and then, on top,
\`[cache:node1]\`; a relay named \`b\` reads \`[relay]\` and \`[relay:b]\`.

A variable of the environment overrides the file: \`CARBONBUS_LINE_RECEIVER_PORT=2013\` in every section that
has the setting, \`CARBONBUS_RELAY_CARBON_METRIC_INTERVAL=10\` in one.

A \`carbon.conf\` of Carbon's is taken as it is. Points come in at the relay alone: what \`[cache]\` says of
receivers (\`LINE_RECEIVER_PORT\`, \`ENABLE_UDP_LISTENER\`, ...) counts for the relay where \`[relay]\` does not say it.

Whatever is wrong is reported at once, each error with file and line. A name that is unknown, or that belongs
in another section, is a warning. So are settings of Carbon's that have no effect here; \`carbonbus check-config\`
says of each why that is so. \`carbonbus config\` shows every setting as it counts, and where that stands.
`;

/** The page about every setting, as Markdown. */
export function settingsPage(): string {
  const parts = [INTRODUCTION];
  for (const section of Object.keys(SETTINGS) as SectionName[]) {
    parts.push(`\n## [${section}]\n\n${SECTION_HELP[section]}\n`);
    for (const setting of Object.values<Setting<unknown>>(SETTINGS[section])) {
      const initial = setting.initial === '' ? 'empty' : `\`${setting.initial}\``;
      parts.push(
        `\n### ${setting.key}\n\n${setting.help}\n\nDefault: ${initial}. It is ${setting.kind.description}.\n`,
      );
    }
  }
  return parts.join('');
}
