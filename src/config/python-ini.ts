import { allOrErrors, CarbonbusError } from '../errors.js';

/*
 * The syntax of Python's ConfigParser, as carbon's configuration files use it (the module's defaults: `=` or `:`,
 * `#` and `;` at the start of a line, `[DEFAULT]`, `%(name)s`). Source:
 * https://docs.python.org/3.11/library/configparser.html
 */

/** How often `%(name)s` may lead to another, as in Python. */
const INTERPOLATION_DEPTH_MAX = 10;
const DEFAULT_SECTION = 'DEFAULT';

interface Option {
  readonly line: number;
  /** The first line of the value, then those that continue it. */
  readonly lines: string[];
}

/** A section of an ini file. Options are found whatever their case, and those of `[DEFAULT]` are in every section. */
export class IniSection {
  readonly name: string;
  /** Line of the section's header, from 1; 0 for a `[DEFAULT]` that is not there. */
  line: number;
  /** What stands behind the header on its line: carbon's own reader of sections does not see such a one. */
  behindHeader = '';
  readonly #own = new Map<string, Option>();
  readonly #defaults: Map<string, Option>;

  constructor(name: string, line: number, defaults?: IniSection) {
    this.name = name;
    this.line = line;
    this.#defaults = defaults === undefined ? new Map() : defaults.#own;
  }

  /** The options' names, in lower case; those of `[DEFAULT]` first. */
  get options(): string[] {
    return [...new Set([...this.#defaults.keys(), ...this.#own.keys()])];
  }

  /** The value as written. Lines that continue it are joined by a newline. */
  raw(option: string): string | undefined {
    return this.#find(option)?.lines.join('\n').trimEnd();
  }

  /** The value with `%(name)s` replaced and `%%` halved. A `%` elsewhere throws `CONFIG_INVALID`. */
  get(option: string): string | undefined {
    const text = this.raw(option);
    return text === undefined ? undefined : this.#interpolate(option, text, 1);
  }

  /** The line an option stands on, or that of the section where it is not there. */
  lineOf(option: string): number {
    return this.#find(option)?.line ?? this.line;
  }

  /** For the parser: the lines of the new option, or undefined when the section has it already. */
  define(option: string, line: number, value: string): string[] | undefined {
    const key = option.toLowerCase();
    if (this.#own.has(key)) return undefined;
    const lines = [value];
    this.#own.set(key, { line, lines });
    return lines;
  }

  #find(option: string): Option | undefined {
    const key = option.toLowerCase();
    return this.#own.get(key) ?? this.#defaults.get(key);
  }

  #interpolate(option: string, text: string, depth: number): string {
    const problem = (why: string): CarbonbusError =>
      invalid(this.lineOf(option), `option '${option}' in [${this.name}]: ${why}`);
    if (depth > INTERPOLATION_DEPTH_MAX) throw problem('values refer to each other too deeply');
    return text.replaceAll(/%(%|\(([^)]+)\)s)?/g, (_, what: string | undefined, name: string) => {
      if (what === undefined) throw problem("'%' must be written '%%'");
      if (what === '%') return '%';
      const value = this.raw(name);
      if (value === undefined) throw problem(`there is no option '${name}'`);
      return this.#interpolate(option, value, depth + 1);
    });
  }
}

/** An ini file as far as it can be read. */
export interface IniFile {
  /** In their order; `[DEFAULT]` is among them where that was wanted. */
  readonly sections: readonly IniSection[];
  /** Sections with a line that is none: more may be missing in them. */
  readonly broken: ReadonlySet<IniSection>;
  /** `CONFIG_INVALID`, `line 3: ...`: one for each line that Python's ConfigParser refuses. */
  readonly errors: readonly CarbonbusError[];
}

/** Reads an ini file. */
export function readPythonIni(text: string, withDefault = false): IniFile {
  const file = new IniParser().parse(text);
  if (withDefault) return file;
  return { ...file, sections: file.sections.filter(({ name }) => name !== DEFAULT_SECTION) };
}

/**
 * What `read` makes of each section of an ini file, `[DEFAULT]` not among them unless `withDefault`.
 *
 * Errors: `CONFIG_INVALID` for text that Python's ConfigParser refuses, and what `read` throws, as one, with a line of
 * text (`line 3: ...`) for each thing that is wrong. `read` is not asked for a section that is broken.
 */
export function parsePythonIni<T>(
  text: string,
  read: (section: IniSection) => T,
  withDefault = false,
): T[] {
  const { sections, broken, errors } = readPythonIni(text, withDefault);
  return allOrErrors(
    sections.filter((section) => !broken.has(section)),
    read,
    errors,
  );
}

class IniParser {
  readonly #defaults = new IniSection(DEFAULT_SECTION, 0);
  readonly #sections = new Map<string, IniSection>();
  readonly #broken = new Set<IniSection>();
  readonly #errors: CarbonbusError[] = [];
  #section: IniSection | undefined;
  /** The lines of the option that an indented line continues. */
  #value: string[] | undefined;
  #indent = 0;

  parse(text: string): IniFile {
    for (const [i, line] of text.split(/\r\n|\r|\n/).entries()) this.#line(line, i + 1);
    return { sections: [...this.#sections.values()], broken: this.#broken, errors: this.#errors };
  }

  #line(line: string, number: number): void {
    const content = line.trim();
    if (content.startsWith('#') || content.startsWith(';')) return;
    if (content === '') {
      this.#value?.push('');
      return;
    }
    const indent = line.search(/\S/);
    if (this.#value !== undefined && indent > this.#indent) {
      this.#value.push(content);
      return;
    }
    this.#indent = indent;
    const header = /^\[(.+)\](.*)$/.exec(content);
    if (header !== null) this.#open(header[1], header[2], number);
    else this.#option(content, number);
  }

  #open(name: string, behindHeader: string, line: number): void {
    this.#value = undefined;
    if (name === DEFAULT_SECTION) {
      this.#section = this.#defaults;
      this.#section.line ||= line;
      this.#section.behindHeader = behindHeader;
      this.#sections.set(name, this.#section);
      return;
    }
    this.#section = new IniSection(name, line, this.#defaults);
    this.#section.behindHeader = behindHeader;
    if (this.#sections.has(name)) this.#refuse(line, `section [${name}] stands there already`);
    else this.#sections.set(name, this.#section);
  }

  #option(content: string, line: number): void {
    this.#value = undefined;
    const match = /^(.*?)\s*[=:]\s*(.*)$/.exec(content);
    if (this.#section === undefined) {
      this.#refuse(line, 'a section header is missing above');
      this.#section = new IniSection('', line);
    } else if (match === null || match[1] === '') {
      this.#refuse(line, `expected 'name = value'`);
    } else {
      this.#value = this.#section.define(match[1], line, match[2].trim());
      if (this.#value === undefined)
        this.#refuse(line, `option '${match[1]}' stands in [${this.#section.name}] already`);
    }
  }

  #refuse(line: number, why: string): void {
    this.#errors.push(invalid(line, why));
    if (this.#section !== undefined) this.#broken.add(this.#section);
  }
}

/** Why carbon's `OrderedConfigParser` (1.1.7, `conf.py`) leaves a section out: it only knows lines that end in `]`. */
export function unseenSection({ behindHeader }: IniSection): string | undefined {
  if (behindHeader === '') return undefined;
  return `'${behindHeader.trim()}' stands behind its header: put it on a line of its own`;
}

function invalid(line: number, why: string): CarbonbusError {
  return new CarbonbusError('CONFIG_INVALID', `line ${line}: ${why}`);
}
