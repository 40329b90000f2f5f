import type { Glob } from '../../routing/glob.js';
import { type Entries, NO_ENTRY } from './entries.js';
import { ROOT, type Tree } from './tree.js';
import { fits, oddFileTest, type WalkPart, walkParts } from './walk-part.js';

/** Where a walk is: the path of a folder, dotted, and empty for the root. */
export interface FoundAt {
  readonly folderPath: string;
}

/** Where a walk puts what it found. A name is the number of its segment, or the text to show in its place. */
export interface Found {
  leaf(at: FoundAt, name: number | string, id: number): void;
  branch(at: FoundAt, name: number | string): void;
  /** Asked between entries: true ends the walk. */
  isFull(): boolean;
}

/** What a walk does in the folder that it is in. */
type Task = 'nothing' | 'descend' | 'enterTree' | 'branches' | 'leaves' | 'oddFiles';

const DOT = 0x2e;

/**
 * Reports the files and folders of a tree that match a glob, in no particular order. Places to go to are kept on a stack of
 * its own: a hostile name may be thousands of folders deep. Nothing is made for an entry, nor for a folder.
 */
export class Walk implements FoundAt {
  readonly #tree: Tree;
  readonly #parts: readonly WalkPart[];
  readonly #found: Found;
  /** Places to go to: the folder, and the part of the query from which on is to be tried there. */
  readonly #folders: number[] = [];
  readonly #partOf: number[] = [];
  /** Their paths, where names are shown as something else; otherwise the tree tells. */
  readonly #paths: string[] | null;
  /**
   * For each part, the folders where it was tried: with two `**`, or parts that may be left out, there are many
   * ways to one folder, and without this the ways would multiply.
   */
  readonly #tried: Set<number>[] | null;
  /** The test of the last part for odd files, made when the first one is met. */
  #oddFileTest: ((fileName: string) => boolean) | null = null;
  #task: Task = 'nothing';
  #folder = ROOT;
  #part = 0;
  #path: string | null = null;
  /** The next entry, or the next of the names asked for. */
  #cursor = 0;

  constructor(tree: Tree, glob: Glob, found: Found) {
    const manyWays = glob.parts.filter((part) => part.kind === 'tree' || part.isOptional);
    const isRenamed = glob.parts.some((part) => part.kind !== 'tree' && part.shownAs !== null);
    this.#tree = tree;
    this.#parts = walkParts(glob, tree.segments);
    this.#found = found;
    this.#paths = isRenamed ? [] : null;
    this.#tried = manyWays.length > 1 ? glob.parts.map(() => new Set()) : null;
    if (glob.parts.length > 0) this.#push(ROOT, 0, '');
  }

  /** Looks at about `entriesMax` entries; true when all were looked at, or enough was found. */
  run(entriesMax: number): boolean {
    for (let left = entriesMax; left > 0 && !this.#found.isFull(); ) {
      if (this.#task !== 'nothing') left = this.#work(left);
      else if (this.#goOn()) left--;
      else return true;
    }
    return this.#found.isFull();
  }

  get folderPath(): string {
    this.#path ??= this.#tree.folderPath(this.#folder);
    return this.#path;
  }

  #push(folder: number, part: number, path: string): void {
    this.#folders.push(folder);
    this.#partOf.push(part);
    this.#paths?.push(path);
  }

  /** To the next place. */
  #goOn(): boolean {
    const folder = this.#folders.pop();
    if (folder === undefined) return false;
    const part = this.#partOf.pop() ?? 0;
    this.#path = this.#paths?.pop() ?? null;
    if (this.#wasTried(folder, part)) return true;
    this.#folder = folder;
    this.#part = part;
    const here = this.#parts[part];
    const isLast = part === this.#parts.length - 1;
    // Either may stand for no folder.
    if (here.kind === 'tree' || (here.isOptional && !isLast))
      this.#push(folder, part + 1, this.#path ?? '');
    else if (here.isOptional) this.#found.branch(this, '');
    if (here.kind === 'tree') this.#begin('enterTree');
    else if (!isLast) this.#begin('descend');
    else if (this.#tree.folders.first(folder) === NO_ENTRY) this.#begin('leaves');
    else this.#begin('branches');
    return true;
  }

  #begin(task: Task): void {
    this.#task = task;
    const part = this.#parts[this.#part];
    const entries = task === 'leaves' ? this.#tree.files : this.#tree.folders;
    this.#cursor = part.kind === 'names' ? 0 : entries.first(this.#folder);
  }

  /** The last part is tried with folders first, then with files. */
  #end(): void {
    if (this.#task === 'branches') this.#begin('leaves');
    else if (this.#task === 'leaves' && this.#tree.hasOddFiles) this.#task = 'oddFiles';
    else this.#task = 'nothing';
  }

  /** @returns how many more entries may be looked at */
  #work(entriesMax: number): number {
    if (this.#task === 'oddFiles') return entriesMax - this.#takeOddFiles();
    const part = this.#parts[this.#part];
    const entries = this.#task === 'leaves' ? this.#tree.files : this.#tree.folders;
    return part.kind === 'names'
      ? this.#takeNamed(entries, part.names, entriesMax)
      : this.#takeMatching(entries, part, entriesMax);
  }

  #takeNamed(entries: Entries, names: readonly number[], entriesMax: number): number {
    let left = entriesMax;
    while (left > 0 && this.#cursor < names.length) {
      left--;
      const entry = entries.find(this.#folder, names[this.#cursor++]);
      if (entry === NO_ENTRY) continue;
      this.#take(entry, entries);
      if (this.#found.isFull()) return left;
    }
    if (this.#cursor === names.length) this.#end();
    return left;
  }

  #takeMatching(
    entries: Entries,
    part: Exclude<WalkPart, { kind: 'names' }>,
    entriesMax: number,
  ): number {
    const { segments } = this.#tree;
    let left = entriesMax;
    let entry = this.#cursor;
    while (left > 0 && entry !== NO_ENTRY) {
      left--;
      const isWanted = part.kind === 'tree' || fits(segments, entries.nameOf(entry), part);
      if (isWanted) this.#take(entry, entries);
      entry = entries.next(entry);
      if (isWanted && this.#found.isFull()) break;
    }
    this.#cursor = entry;
    if (entry === NO_ENTRY) this.#end();
    return left;
  }

  /** Neither files nor folders whose names start with a dot are shown. */
  #take(entry: number, entries: Entries): void {
    const part = this.#parts[this.#part];
    const name = entries.nameOf(entry);
    const shownAs = part.kind === 'tree' ? null : part.shownAs;
    switch (this.#task) {
      case 'descend':
      case 'enterTree': {
        if (this.#task === 'descend' && this.#paths === null && this.#tried === null) {
          this.#descend(entry);
          break;
        }
        const path =
          this.#paths === null ? '' : joined(this.#path ?? '', this.#shown(shownAs, name));
        this.#push(entry, this.#task === 'descend' ? this.#part + 1 : this.#part, path);
        break;
      }
      case 'branches':
        if (!this.#isHidden(name)) this.#found.branch(this, shownAs ?? name);
        break;
      case 'leaves':
        if (!this.#isHidden(name)) this.#found.leaf(this, shownAs ?? name, entry);
    }
  }

  /** Into a folder, and through all parts after it that are one name each. */
  #descend(entry: number): void {
    const { folders } = this.#tree;
    const last = this.#parts.length - 1;
    let folder = entry;
    let at = this.#part + 1;
    for (; at < last; at++) {
      const part = this.#parts[at];
      if (part.kind !== 'names' || part.names.length !== 1 || part.isOptional) break;
      folder = folders.find(folder, part.names[0]);
      if (folder === NO_ENTRY) return;
    }
    this.#push(folder, at, '');
  }

  /** There are few: all at once. */
  #takeOddFiles(): number {
    const part = this.#parts[this.#part];
    let looked = 0;
    if (part.kind !== 'tree') {
      for (const [fileName, id] of this.#tree.oddFiles(this.#folder)) {
        looked++;
        this.#oddFileTest ??= oddFileTest(part);
        if (this.#oddFileTest(fileName) && fileName.charCodeAt(0) !== DOT)
          this.#found.leaf(this, part.shownAs ?? upToDot(fileName), id);
        if (this.#found.isFull()) break;
      }
    }
    this.#end();
    return looked;
  }

  #shown(shownAs: string | null, name: number): string {
    return shownAs ?? this.#tree.segments.text(name);
  }

  /** The name of a file without one (a metric `a.`) counts as hidden: on disk it is `.wsp`. */
  #isHidden(name: number): boolean {
    const first = this.#tree.segments.head(name) >>> 24;
    return first === DOT || (first === 0 && this.#tree.segments.text(name) === '');
  }

  #wasTried(folder: number, part: number): boolean {
    if (this.#tried === null) return false;
    if (this.#tried[part].has(folder)) return true;
    this.#tried[part].add(folder);
    return false;
  }
}

export function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

export function upToDot(name: string): string {
  const dot = name.indexOf('.');
  return dot === -1 ? name : name.slice(0, dot);
}
