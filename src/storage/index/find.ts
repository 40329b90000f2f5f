import { assert } from '../../assert.js';
import {
  type Glob,
  type GlobPart,
  GlobRefusal,
  type NamesPart,
  type PatternPart,
  parsePart,
} from '../../routing/glob.js';
import type { Entries } from './entries.js';
import type { Folder } from './folder.js';
import type { Segments } from './segments.js';

/** Where a walk puts what it found. `folderPath` is dotted, and empty for the root. */
export interface Found {
  leaf(folderPath: string, name: string, id: number): void;
  branch(folderPath: string, name: string): void;
  /** Asked between entries: true ends the walk. */
  isFull(): boolean;
}

/** Reports the files and folders below `root` that match the glob, in no particular order. */
export function findIn(root: Folder, segments: Segments, glob: Glob, found: Found): void {
  const parts = glob.parts.map((part) => withKnownNames(part, segments));
  if (parts.length > 0) new Walk(parts, found).enter(root, '', 0);
}

/** Names that occur nowhere are left out; the others become the strings the folders are keyed by. */
function withKnownNames(part: GlobPart, segments: Segments): GlobPart {
  if (part.kind !== 'names') return part;
  const names = part.names.map((name) => segments.find(name)).filter((name) => name !== undefined);
  return { ...part, names };
}

class Walk {
  readonly #parts: readonly GlobPart[];
  readonly #found: Found;
  /**
   * For each part, the folders where it was tried: with two `**` there are many ways to one folder, and
   * without this the ways would multiply.
   */
  readonly #tried: Set<Folder>[] | null;
  /** The test of the last part for odd files, made when the first one is met. */
  #oddFileTest: ((fileName: string) => boolean) | null = null;

  constructor(parts: readonly GlobPart[], found: Found) {
    const trees = parts.filter((part) => part.kind === 'tree');
    this.#parts = parts;
    this.#found = found;
    this.#tried = trees.length > 1 ? parts.map(() => new Set()) : null;
  }

  /** Tries the parts from `index` on below a folder. */
  enter(folder: Folder, path: string, index: number): void {
    if (this.#found.isFull() || this.#wasTried(folder, index)) return;
    const part = this.#parts[index];
    if (part.kind === 'tree') this.#enterTree(folder, path, index);
    else if (index === this.#parts.length - 1) this.#collect(folder, path, part);
    else if (folder.folders !== null) this.#descend(folder.folders, path, part, index + 1);
  }

  /** With a stack of its own: a hostile name may be thousands of folders deep. */
  #enterTree(root: Folder, rootPath: string, index: number): void {
    const open: [Folder, string][] = [[root, rootPath]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [folder, path] = next;
      this.enter(folder, path, index + 1);
      if (this.#found.isFull()) return;
      for (const [name, inner] of folder.folders ?? []) {
        if (!this.#wasTried(inner, index)) open.push([inner, joined(path, name)]);
      }
    }
  }

  #descend(
    folders: Entries<Folder>,
    path: string,
    part: NamesPart | PatternPart,
    index: number,
  ): void {
    if (part.kind === 'pattern') {
      for (const [name, inner] of folders) {
        if (part.matches(name)) this.enter(inner, joined(path, part.shownAs ?? name), index);
      }
      return;
    }
    for (const name of part.names) {
      const inner = folders.get(name);
      if (inner !== undefined) this.enter(inner, joined(path, part.shownAs ?? name), index);
    }
  }

  /** The last part. Neither files nor folders whose names start with a dot are shown. */
  #collect(folder: Folder, path: string, part: NamesPart | PatternPart): void {
    if (part.text === '') {
      this.#found.branch(path, '');
      return;
    }
    if (folder.folders !== null) this.#collectFolders(folder.folders, path, part);
    if (folder.files !== null) this.#collectFiles(folder.files, path, part);
    if (folder.oddFiles !== null) this.#collectOddFiles(folder.oddFiles, path, part);
  }

  #collectFolders(folders: Entries<Folder>, path: string, part: NamesPart | PatternPart): void {
    for (const name of part.kind === 'names' ? part.names : folders.keys()) {
      if (this.#found.isFull()) return;
      const isMatch = part.kind === 'names' ? folders.has(name) : part.matches(name);
      if (isMatch && !isHidden(name)) this.#found.branch(path, part.shownAs ?? upToDot(name));
    }
  }

  #collectFiles(files: Entries<number>, path: string, part: NamesPart | PatternPart): void {
    for (const name of part.kind === 'names' ? part.names : files.keys()) {
      if (this.#found.isFull()) return;
      if (part.kind === 'pattern' && !part.matches(name)) continue;
      const id = files.get(name);
      if (id !== undefined && !isHidden(name)) this.#found.leaf(path, part.shownAs ?? name, id);
    }
  }

  #collectOddFiles(oddFiles: Entries<number>, path: string, part: NamesPart | PatternPart): void {
    this.#oddFileTest ??= oddFileTest(part);
    for (const [fileName, id] of oddFiles) {
      if (this.#found.isFull()) return;
      if (this.#oddFileTest(fileName) && !isHidden(fileName))
        this.#found.leaf(path, part.shownAs ?? upToDot(fileName), id);
    }
  }

  #wasTried(folder: Folder, index: number): boolean {
    if (this.#tried === null) return false;
    if (this.#tried[index].has(folder)) return true;
    this.#tried[index].add(folder);
    return false;
  }
}

/** A pattern is matched against the whole file name, as `pattern.*`; a plain name has two file names. */
function oddFileTest(part: NamesPart | PatternPart): (fileName: string) => boolean {
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
