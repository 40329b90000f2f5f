import { CarbonbusError, errorCode, errorText } from '../errors.js';
import {
  type CreationRules,
  creationRules,
  StorageAggregation,
  StorageSchemas,
} from './schemas.js';

/** Sections of one file, by name. */
export interface SectionChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** The same sections in another order: the first that matches counts. */
  readonly isReordered: boolean;
}

/** What an edit changed, by file; a file without changes is left out. */
export interface RuleChanges {
  readonly schemas?: SectionChanges;
  readonly aggregation?: SectionChanges;
}

/** What a look at the two files found. */
export type RuleCheck =
  | { readonly type: 'same' }
  | { readonly type: 'changed'; readonly changes: RuleChanges; readonly warnings: string[] }
  /** The rules stay as they were. `isNew` for the first look at this edit. */
  | { readonly type: 'broken'; readonly reason: string; readonly isNew: boolean };

/** The text of a file, or undefined when there is no such file. Throws what the system refused. */
export type ReadText = (path: string) => string | undefined;

interface Rules {
  readonly schemas: StorageSchemas;
  readonly aggregation: StorageAggregation;
  readonly forNewFiles: CreationRules;
}

/** A look at the files: what is in them, and a text that is the same while they are. */
interface Look {
  readonly seen: string;
  readonly found: Rules | CarbonbusError;
}

interface Section {
  readonly name: string;
  readonly pattern: string | undefined;
}

/**
 * `storage-schemas.conf` and `storage-aggregation.conf` as they are now. `check` looks again; an edit that carbon would
 * refuse leaves the rules as they are.
 */
export class LiveRules {
  readonly #folder: string;
  readonly #read: ReadText;
  #rules: Rules;
  #seen: string;
  /** Why the newest edit is not in force. */
  #problem: string | undefined;

  /**
   * Errors: `CONFIG_MISSING`, `CONFIG_INVALID`, `REGEX_INVALID`, `INVALID_RETENTION`, or what the system refused; the
   * text names the file. A missing aggregation file means the defaults.
   */
  constructor(folder: string, read: ReadText) {
    this.#folder = folder;
    this.#read = read;
    const { seen, found } = this.#look();
    if (found instanceof CarbonbusError) throw found;
    this.#rules = found;
    this.#seen = seen;
  }

  /** What a new file gets. Another object after each change. */
  get current(): CreationRules {
    return this.#rules.forNewFiles;
  }

  /** One line for each section that was skipped. */
  get warnings(): string[] {
    return warningsOf(this.#rules);
  }

  /** Reads both files again, and takes them if they can be. */
  check(): RuleCheck {
    const { seen, found } = this.#look();
    const isNew = seen !== this.#seen;
    this.#seen = seen;
    if (!isNew) {
      return this.#problem === undefined
        ? { type: 'same' }
        : { type: 'broken', reason: this.#problem, isNew };
    }
    if (found instanceof CarbonbusError) {
      this.#problem = found.message;
      return { type: 'broken', reason: found.message, isNew };
    }
    const changes = changesBetween(this.#rules, found);
    this.#rules = found;
    this.#problem = undefined;
    return { type: 'changed', changes, warnings: warningsOf(found) };
  }

  #look(): Look {
    const schemas = this.#file('storage-schemas.conf', StorageSchemas.parse);
    const aggregation = this.#file('storage-aggregation.conf', StorageAggregation.parse);
    const seen = JSON.stringify([schemas.seen, aggregation.seen]);
    if (schemas.parsed instanceof CarbonbusError) return { seen, found: schemas.parsed };
    if (aggregation.parsed instanceof CarbonbusError) return { seen, found: aggregation.parsed };
    const forNewFiles = creationRules(schemas.parsed, aggregation.parsed);
    return {
      seen,
      found: { schemas: schemas.parsed, aggregation: aggregation.parsed, forNewFiles },
    };
  }

  /** One file, read and parsed. Whatever goes wrong with an operator's edit is an answer, and harms nobody. */
  #file<T>(
    name: string,
    parse: (text: string | undefined) => T,
  ): { seen: string | null; parsed: T | CarbonbusError } {
    const path = `${this.#folder}/${name}`;
    let seen: string | null = null;
    try {
      const text = this.#read(path);
      seen = text ?? null;
      return { seen, parsed: parse(text) };
    } catch (error) {
      const why = errorText(error);
      const code = errorCode(error) ?? 'CONFIG_INVALID';
      const text = why.replaceAll(/^/gm, `${path}: `);
      const parsed = new CarbonbusError(code, text, { cause: error });
      return { seen: seen ?? why, parsed };
    }
  }
}

function warningsOf({ schemas, aggregation }: Rules): string[] {
  return [
    ...schemas.warnings.map((warning) => `storage-schemas.conf: ${warning}`),
    ...aggregation.warnings.map((warning) => `storage-aggregation.conf: ${warning}`),
  ];
}

function changesBetween(before: Rules, after: Rules): RuleChanges {
  const schemas = sectionChanges(before.schemas.schemas, after.schemas.schemas);
  const aggregation = sectionChanges(before.aggregation.schemas, after.aggregation.schemas);
  return {
    ...(schemas === undefined ? {} : { schemas }),
    ...(aggregation === undefined ? {} : { aggregation }),
  };
}

function sectionChanges(
  before: readonly Section[],
  after: readonly Section[],
): SectionChanges | undefined {
  const old = byName(before);
  const now = byName(after);
  const kept = [...old.keys()].filter((name) => now.has(name));
  const changes = {
    added: [...now.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !now.has(name)),
    changed: kept.filter((name) => old.get(name) !== now.get(name)),
    isReordered: kept.join('\n') !== [...now.keys()].filter((name) => old.has(name)).join('\n'),
  };
  const isSame =
    changes.added.length + changes.removed.length + changes.changed.length === 0 &&
    !changes.isReordered;
  return isSame ? undefined : changes;
}

/** What each section of the file says; the built-in last one, which has no pattern, never changes. */
function byName(sections: readonly Section[]): Map<string, string> {
  return new Map(
    sections
      .filter(({ pattern }) => pattern !== undefined)
      .map((section) => [section.name, JSON.stringify(section)]),
  );
}
