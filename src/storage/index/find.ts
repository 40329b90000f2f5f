import { assert } from '../../assert.js';
import {
  type Glob,
  type GlobPart,
  GlobRefusal,
  type NamesPart,
  parsePart,
} from '../../routing/glob.js';
import { type Entries, NO_ENTRY } from './entries.js';
import { NO_SEGMENT } from './segments.js';
import { ROOT, type Tree } from './tree.js';

/** Where a walk puts what it found. `folderPath` is dotted, and empty for the root. */
export interface Found {
  leaf(folderPath: string, name: string, id: number): void;
  branch(folderPath: string, name: string): void;
  /** Asked between entries: true ends the walk. */
  isFull(): boolean;
}

/** A part of the query, with the names it asks for by their numbers. */
type WalkPart = Exclude<GlobPart, NamesPart> | (Omit<NamesPart, 'names'> & { names: number[] });
type NamePart = Exclude<WalkPart, { kind: 'tree' }>;

/** A folder in which the parts of the query from `part` on are to be tried. */
interface Place {
  readonly folder: number;
  readonly path: string;
  readonly part: number;
}

/**
 * Reports the files and folders of a tree that match a glob, in no particular order. Places to go to are kept on a stack of
 * its own: a hostile name may be thousands of folders deep.
 */
export class Walk {
  readonly #tree: Tree;
  readonly #parts: readonly WalkPart[];
  readonly #found: Found;
  readonly #places: Place[] = [];
  /**
   * For each part, the folders where it was tried: with two `**` there are many ways to one folder, and
   * without this the ways would multiply.
   */
  readonly #tried: Set<number>[] | null;
  /** The test of the last part for odd files, made when the first one is met. */
  #oddFileTest: ((fileName: string) => boolean) | null = null;
  /** The place that is being looked at, which yields after each entry. */
  #looking: Iterator<void> | null = null;

  constructor(tree: Tree, glob: Glob, found: Found) {
    const trees = glob.parts.filter((part) => part.kind === 'tree');
    this.#tree = tree;
    this.#parts = glob.parts.map((part) => withNumbers(part, tree));
    this.#found = found;
    this.#tried = trees.length > 1 ? glob.parts.map(() => new Set()) : null;
    if (glob.parts.length > 0) this.#places.push({ folder: ROOT, path: '', part: 0 });
  }

  /** Looks at about `entriesMax` entries; true when all were looked at, or enough was found. */
  run(entriesMax: number): boolean {
    for (let left = entriesMax; left > 0 && !this.#found.isFull(); left--) {
      if (this.#looking?.next().done === false) continue;
      const place = this.#places.pop();
      if (place === undefined) return true;
      this.#looking = this.#wasTried(place) ? null : this.#look(place);
    }
    return this.#found.isFull();
  }

  #look(place: Place): Iterator<void> {
    const part = this.#parts[place.part];
    if (part.kind === 'tree') return this.#enterTree(place);
    if (place.part < this.#parts.length - 1) return this.#descend(place, part);
    return this.#collect(place, part);
  }

  /** `**` stands for no folder, or for one and again `**`. */
  *#enterTree({ folder, path, part }: Place): Generator<void> {
    const { folders } = this.#tree;
    this.#places.push({ folder, path, part: part + 1 });
    for (let inner = folders.first(folder); inner !== NO_ENTRY; inner = folders.next(inner)) {
      const name = this.#tree.segments.text(folders.nameOf(inner));
      this.#places.push({ folder: inner, path: joined(path, name), part });
      yield;
    }
  }

  *#descend({ folder, path, part: index }: Place, part: NamePart): Generator<void> {
    for (const inner of this.#matching(this.#tree.folders, folder, part)) {
      if (inner !== NO_ENTRY) {
        const name = part.shownAs ?? this.#nameOf(this.#tree.folders, inner);
        this.#places.push({ folder: inner, path: joined(path, name), part: index + 1 });
      }
      yield;
    }
  }

  /** The last part. Neither files nor folders whose names start with a dot are shown. */
  *#collect({ folder, path }: Place, part: NamePart): Generator<void> {
    const { folders, files } = this.#tree;
    if (part.text === '') {
      this.#found.branch(path, '');
      return;
    }
    for (const inner of this.#matching(folders, folder, part)) {
      const name = inner === NO_ENTRY ? '' : this.#nameOf(folders, inner);
      if (!isHidden(name)) this.#found.branch(path, part.shownAs ?? upToDot(name));
      yield;
    }
    for (const id of this.#matching(files, folder, part)) {
      const name = id === NO_ENTRY ? '' : this.#nameOf(files, id);
      if (!isHidden(name)) this.#found.leaf(path, part.shownAs ?? name, id);
      yield;
    }
    for (const [fileName, id] of this.#tree.oddFiles(folder)) {
      this.#oddFileTest ??= oddFileTest(part);
      if (this.#oddFileTest(fileName) && !isHidden(fileName))
        this.#found.leaf(path, part.shownAs ?? upToDot(fileName), id);
      yield;
    }
  }

  /** The entries of a folder that match, and `NO_ENTRY` for each that was looked at and does not. */
  *#matching(entries: Entries, folder: number, part: NamePart): Generator<number> {
    if (part.kind === 'names') {
      for (const name of part.names) yield entries.find(folder, name);
      return;
    }
    for (let entry = entries.first(folder); entry !== NO_ENTRY; entry = entries.next(entry)) {
      yield part.matches(this.#nameOf(entries, entry)) ? entry : NO_ENTRY;
    }
  }

  #nameOf(entries: Entries, entry: number): string {
    return this.#tree.segments.text(entries.nameOf(entry));
  }

  #wasTried({ folder, part }: Place): boolean {
    if (this.#tried === null) return false;
    if (this.#tried[part].has(folder)) return true;
    this.#tried[part].add(folder);
    return false;
  }
}

/** Names that occur nowhere are left out. */
function withNumbers(part: GlobPart, { segments }: Tree): WalkPart {
  if (part.kind !== 'names') return part;
  const names = part.names.map((name) => segments.find(name));
  return { ...part, names: names.filter((name) => name !== NO_SEGMENT) };
}

/** A pattern is matched against the whole file name, as `pattern.*`; a plain name has two file names. */
function oddFileTest(part: NamePart): (fileName: string) => boolean {
  if (part.kind === 'names' && part.isLiteral)
    return (fileName) => fileName === `${part.text}.wsp.gz`;
  const filePart = parsePart(`${part.text}.*`);
  assert(!(filePart instanceof GlobRefusal) && filePart.kind === 'pattern', 'it ends in a star');
  return filePart.matches;
}

/** The name of a file without one (a metric `a.`) counts as hidden: on disk it is `.wsp`. */
function isHidden(name: string): boolean {
  return name === '' || name.charCodeAt(0) === 0x2e;
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function upToDot(name: string): string {
  const dot = name.indexOf('.');
  return dot === -1 ? name : name.slice(0, dot);
}
