/** One `name = value` of a section. */
export interface ConfOption {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

/** One `[name]` of a file, in the order of the file. */
export interface ConfSection {
  readonly name: string;
  readonly line: number;
  readonly options: readonly ConfOption[];
}

/** What the lines of a configuration file say, or the first line that says nothing. */
export type ConfFile = { sections: readonly ConfSection[] } | { line: number; reason: string };

/** Reads sections of `name = value` lines; `#` and `;` start a comment line. */
export function readConfFile(text: string): ConfFile {
  const sections: { name: string; line: number; options: ConfOption[] }[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const content = raw.trim();
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue;
    const header = /^\[([^\]]+)\]$/.exec(content);
    if (header !== null) {
      sections.push({ name: header[1], line, options: [] });
      continue;
    }
    const option = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(content);
    if (option === null) return { line, reason: `"${content}" is not NAME = VALUE` };
    const section = sections.at(-1);
    if (section === undefined) return { line, reason: 'stands before the first [section]' };
    section.options.push({ name: option[1], value: option[2], line });
  }
  return { sections };
}
