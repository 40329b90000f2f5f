import { type IniSection, parsePythonIni, unseenSection } from '../config/python-ini.js';
import { pythonRegex } from '../config/python-regex.js';
import { CarbonbusError, errorText } from '../errors.js';
import { pythonFloat } from '../protocols/python-text.js';
import { type AggregationMethod, isAggregationMethod } from './whisper/aggregation.js';
import { type ArchiveSpec, archivesProblem, sortedArchives } from './whisper/archives.js';
import { parseCarbonRetention } from './whisper/retention.js';

/** What a new file gets. */
export interface CreationRule {
  /** Finest first. */
  readonly archives: readonly ArchiveSpec[];
  readonly xFilesFactor: number;
  readonly method: AggregationMethod;
}

export interface CreationRules {
  match(name: string): CreationRule;
}

/** A section of storage-schemas.conf. The last one, built in, has no pattern and takes every metric. */
export interface StorageSchema {
  readonly name: string;
  readonly pattern: string | undefined;
  /** In the order of the file. */
  readonly archives: readonly ArchiveSpec[];
}

/** A section of storage-aggregation.conf; what it leaves open is undefined. */
export interface AggregationSchema {
  readonly name: string;
  readonly pattern: string | undefined;
  readonly xFilesFactor: number | undefined;
  readonly method: AggregationMethod | undefined;
}

const DEFAULT_SCHEMA: StorageSchema = {
  name: 'default',
  pattern: undefined,
  archives: [{ secondsPerPoint: 60, points: 7 * 24 * 60 }],
};
const DEFAULT_AGGREGATION: AggregationSchema = {
  name: 'default',
  pattern: undefined,
  xFilesFactor: undefined,
  method: undefined,
};
const DEFAULT_X_FILES_FACTOR = 0.5;
const DEFAULT_METHOD: AggregationMethod = 'average';

/** Sections of which the first one whose pattern is found anywhere in a name counts. */
class Sections<T extends { readonly pattern: string | undefined }> {
  readonly all: readonly T[];
  readonly #patterns: readonly (RegExp | undefined)[];

  constructor(all: readonly T[]) {
    this.all = all;
    this.#patterns = all.map(({ pattern }) =>
      pattern === undefined ? undefined : pythonRegex(pattern),
    );
  }

  match(name: string): T {
    const index = this.#patterns.findIndex(
      (pattern) => pattern === undefined || pattern.test(name),
    );
    return this.all[index];
  }
}

/** storage-schemas.conf: which retentions a new metric gets. */
export class StorageSchemas {
  readonly schemas: readonly StorageSchema[];
  /** One line for each section that was skipped. */
  readonly warnings: readonly string[];
  readonly #sections: Sections<StorageSchema>;

  private constructor(schemas: readonly StorageSchema[], warnings: readonly string[]) {
    this.schemas = [...schemas, DEFAULT_SCHEMA];
    this.warnings = warnings;
    this.#sections = new Sections(this.schemas);
  }

  /**
   * Sections without pattern or retentions, or with archives that cannot be, are skipped with a warning, as in carbon;
   * `[DEFAULT]` is a section like others, besides what it is.
   *
   * @param text of the file; undefined when there is none
   * Errors: `CONFIG_MISSING`, `CONFIG_INVALID`, `REGEX_INVALID`, `INVALID_RETENTION` for what stops carbon, with a line of
   * text for each section that is wrong.
   */
  static parse(text: string | undefined): StorageSchemas {
    if (text === undefined) {
      throw new CarbonbusError(
        'CONFIG_MISSING',
        'no such file; carbonbus needs it to make whisper files',
      );
    }
    const warnings: string[] = [];
    const schemas = parsePythonIni(text, (section) => schemaOf(section, warnings), true);
    return new StorageSchemas(
      schemas.flatMap((one) => one ?? []),
      warnings,
    );
  }

  match(name: string): StorageSchema {
    return this.#sections.match(name);
  }
}

/** storage-aggregation.conf: how a new metric is rolled up. */
export class StorageAggregation {
  readonly schemas: readonly AggregationSchema[];
  /** One line for each section that was skipped. */
  readonly warnings: readonly string[];
  readonly #sections: Sections<AggregationSchema>;

  private constructor(schemas: readonly AggregationSchema[], warnings: readonly string[]) {
    this.schemas = [...schemas, DEFAULT_AGGREGATION];
    this.warnings = warnings;
    this.#sections = new Sections(this.schemas);
  }

  /**
   * Sections without pattern, or with an xFilesFactor that is not a number, are skipped with a warning, as in carbon.
   *
   * @param text of the file; undefined when there is none, which is fine
   * Errors: `CONFIG_INVALID`, `REGEX_INVALID` for what stops carbon.
   */
  static parse(text: string | undefined): StorageAggregation {
    const warnings: string[] = [];
    const schemas = parsePythonIni(text ?? '', (section) => aggregationOf(section, warnings), true);
    return new StorageAggregation(
      schemas.flatMap((one) => one ?? []),
      warnings,
    );
  }

  match(name: string): AggregationSchema {
    return this.#sections.match(name);
  }
}

/** Both files together, with carbon's defaults for what they leave open. Equal sections give the same object. */
export function creationRules(
  schemas: StorageSchemas,
  aggregation: StorageAggregation,
): CreationRules {
  const rules = new Map(
    schemas.schemas.map((s) => [s, new Map<AggregationSchema, CreationRule>()]),
  );
  return {
    match(name) {
      const schema = schemas.match(name);
      const how = aggregation.match(name);
      let rule = rules.get(schema)?.get(how);
      if (rule === undefined) {
        rule = creationRule(schema, how);
        rules.get(schema)?.set(how, rule);
      }
      return rule;
    },
  };
}

function creationRule({ archives }: StorageSchema, how: AggregationSchema): CreationRule {
  return {
    archives: sortedArchives(archives),
    xFilesFactor: how.xFilesFactor ?? DEFAULT_X_FILES_FACTOR,
    method: how.method ?? DEFAULT_METHOD,
  };
}

function schemaOf(section: IniSection, warnings: string[]): StorageSchema | undefined {
  const unseen = unseenSection(section);
  if (unseen !== undefined) return skip(section, unseen, warnings);
  const options = valuesOf(section);
  const retentions = options.get('retentions');
  if (retentions === undefined) return skip(section, 'retentions are missing', warnings);
  const archives = located(section, 'retentions', () =>
    retentions.split(',').map(parseCarbonRetention),
  );
  const pattern = options.get('pattern');
  if (!pattern) return skip(section, 'the pattern is missing', warnings);
  checkPattern(section, pattern);
  const problem = archivesProblem(sortedArchives(archives)) ?? emptyArchive(archives);
  if (problem !== undefined) return skip(section, problem, warnings);
  return { name: section.name, pattern, archives };
}

function aggregationOf(section: IniSection, warnings: string[]): AggregationSchema | undefined {
  const unseen = unseenSection(section);
  if (unseen !== undefined) return skip(section, unseen, warnings);
  const options = valuesOf(section);
  const factorText = options.get('xfilesfactor');
  const xFilesFactor = factorText === undefined ? undefined : pythonFloat(factorText);
  if (factorText !== undefined && xFilesFactor === undefined) {
    return skip(section, `xFilesFactor '${factorText}' is not a number`, warnings);
  }
  if (xFilesFactor !== undefined && !(xFilesFactor >= 0 && xFilesFactor <= 1)) {
    throw invalid(section, 'xfilesfactor', `xFilesFactor ${factorText} is not between 0 and 1`);
  }
  const method = options.get('aggregationmethod');
  if (method !== undefined && !isAggregationMethod(method)) {
    throw invalid(section, 'aggregationmethod', `no such aggregation method: ${method}`);
  }
  const pattern = options.get('pattern');
  if (!pattern) return skip(section, 'the pattern is missing', warnings);
  checkPattern(section, pattern);
  return { name: section.name, pattern, xFilesFactor, method };
}

/** All values at once, so that an error in any of them is found. */
function valuesOf(section: IniSection): Map<string, string> {
  return new Map(section.options.map((option) => [option, section.get(option) ?? '']));
}

/** whisper takes an archive without slots or without a precision, and then cannot write to its file. */
function emptyArchive(archives: readonly ArchiveSpec[]): string | undefined {
  return archives.some(({ secondsPerPoint, points }) => secondsPerPoint === 0 || points === 0)
    ? 'an archive is empty'
    : undefined;
}

function checkPattern(section: IniSection, pattern: string): void {
  located(section, 'pattern', () => pythonRegex(pattern));
}

/** Runs `parse`; its error tells the line of the option. */
function located<T>(section: IniSection, option: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof CarbonbusError)) throw error;
    throw new CarbonbusError(error.code, where(section, option, errorText(error)), {
      cause: error,
    });
  }
}

function invalid(section: IniSection, option: string, why: string): CarbonbusError {
  return new CarbonbusError('CONFIG_INVALID', where(section, option, why));
}

function where(section: IniSection, option: string, why: string): string {
  return `line ${section.lineOf(option)}: [${section.name}] ${why}`;
}

function skip(section: IniSection, why: string, warnings: string[]): undefined {
  warnings.push(`line ${section.line}: [${section.name}] is skipped: ${why}`);
  return undefined;
}
