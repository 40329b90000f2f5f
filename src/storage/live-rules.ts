import { placedError, placedLine } from '../config/placed-lines.js';
import { CarbonbusError, errorText } from '../errors.js';

/** Rules of one file, by name: sections, or lines. */
export interface RuleDifference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** The same rules in another order: the first that matches counts. */
  readonly isReordered: boolean;
}

/** What an edit changed, by file; a file without changes is left out. */
export type RuleChanges = Readonly<Record<string, RuleDifference>>;

/** What a look at the files found. */
export type RuleCheck =
  | { readonly type: 'same' }
  | { readonly type: 'changed'; readonly changes: RuleChanges; readonly warnings: string[] }
  /** The rules stay as they were. `isNew` for the first look at this edit. */
  | { readonly type: 'broken'; readonly reason: string; readonly isNew: boolean };

/** The text of a file, or undefined when there is no such file. Throws what the system refused. */
export type ReadText = (path: string) => string | undefined;

/** One rule file: how it is read, and what it says. */
export interface RuleFile<T> {
  readonly name: string;
  /** Throws a `CarbonbusError` for a text that cannot be; undefined when there is no file. */
  parse(text: string | undefined): T & { readonly warnings: readonly string[] };
  /** What the file says, rule by rule: a name, and a text that differs when the rule does. */
  entries(rules: T): readonly (readonly [name: string, text: string])[];
}

type RuleFiles<R> = { readonly [K in keyof R]: RuleFile<R[K]> };

/** What a look at a file found: its text, undefined where there is no file, or what the system refused. */
type Reading = { readonly text: string | undefined } | { readonly error: unknown };

interface Parsed<R> {
  readonly rules: R;
  readonly warnings: string[];
}

/**
 * The rules of some files as they are now, taken together. `check` looks again; an edit that cannot be, of any of them,
 * leaves all rules as they are.
 */
export class LiveRules<R extends object, C> {
  readonly #options: {
    readonly folder: string;
    readonly read: ReadText;
    readonly files: RuleFiles<R>;
    readonly combine: (rules: R) => C;
  };
  #parsed: Parsed<R>;
  #combined: C;
  #seen: string;
  /** Why the newest edit is not in force. */
  #problem: string | undefined;

  /**
   * Errors: those of `parse`, or what the system refused; the text names the file.
   *
   * @param combine what users of the rules are given
   */
  constructor(options: {
    folder: string;
    read: ReadText;
    files: RuleFiles<R>;
    combine: (rules: R) => C;
  }) {
    this.#options = options;
    const readings = this.#readAll();
    const found = this.#parse(readings);
    if (found instanceof CarbonbusError) throw found;
    this.#parsed = found;
    this.#combined = options.combine(found.rules);
    this.#seen = textOf(readings);
  }

  /** The rules in force. Another object after each change. */
  get current(): C {
    return this.#combined;
  }

  /** One line for each rule that was skipped or is doubtful. */
  get warnings(): string[] {
    return this.#parsed.warnings;
  }

  /** Reads the files again, and takes them if they can be. Texts that are the same as before are not parsed. */
  check(): RuleCheck {
    const readings = this.#readAll();
    const seen = textOf(readings);
    if (seen === this.#seen) {
      return this.#problem === undefined
        ? { type: 'same' }
        : { type: 'broken', reason: this.#problem, isNew: false };
    }
    this.#seen = seen;
    const found = this.#parse(readings);
    if (found instanceof CarbonbusError) {
      this.#problem = found.message;
      return { type: 'broken', reason: found.message, isNew: true };
    }
    const changes = this.#changesTo(found.rules);
    this.#parsed = found;
    this.#combined = this.#options.combine(found.rules);
    this.#problem = undefined;
    return { type: 'changed', changes, warnings: found.warnings };
  }

  get #keys(): (keyof R & string)[] {
    return Object.keys(this.#options.files) as (keyof R & string)[];
  }

  #readAll(): Reading[] {
    return this.#keys.map((key) => {
      try {
        return { text: this.#options.read(this.#pathOf(key)) };
      } catch (error) {
        return { error };
      }
    });
  }

  #parse(readings: readonly Reading[]): Parsed<R> | CarbonbusError {
    const rules: Partial<R> = {};
    const warnings: string[] = [];
    let problem: CarbonbusError | undefined;
    for (const [i, key] of this.#keys.entries()) {
      const parsed = this.#parseOne(key, readings[i]);
      if (parsed instanceof CarbonbusError) problem ??= parsed;
      else {
        rules[key] = parsed;
        const path = this.#pathOf(key);
        warnings.push(...parsed.warnings.map((warning) => placedLine(path, warning)));
      }
    }
    return problem ?? { rules: rules as R, warnings };
  }

  /** Whatever goes wrong with an operator's edit is an answer, and harms nobody. */
  #parseOne<K extends keyof R & string>(
    key: K,
    reading: Reading,
  ): (R[K] & { readonly warnings: readonly string[] }) | CarbonbusError {
    try {
      if ('error' in reading) throw reading.error;
      return this.#options.files[key].parse(reading.text);
    } catch (error) {
      return placedError(this.#pathOf(key), error);
    }
  }

  #pathOf(key: keyof R & string): string {
    return `${this.#options.folder}/${this.#options.files[key].name}`;
  }

  #changesTo(now: R): RuleChanges {
    const changes: Record<string, RuleDifference> = {};
    for (const key of this.#keys) {
      const { entries } = this.#options.files[key];
      const change = difference(
        new Map(entries(this.#parsed.rules[key])),
        new Map(entries(now[key])),
      );
      if (change !== undefined) changes[key] = change;
    }
    return changes;
  }
}

/** A text that is the same while the files say the same. */
function textOf(readings: readonly Reading[]): string {
  return JSON.stringify(
    readings.map((one) => ('error' in one ? { error: errorText(one.error) } : (one.text ?? null))),
  );
}

function difference(
  old: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): RuleDifference | undefined {
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
