import type { Glob } from '../routing/glob.js';
import { NO_ENTRY } from './index/entries.js';
import { FoundIds, FoundLeaves, FoundNames, FoundNodes, type FoundPaths } from './index/found.js';
import { ROOT, Tree } from './index/tree.js';
import { Walk } from './index/walk.js';
import { metricPath } from './metric-path.js';

export type { FoundPaths } from './index/found.js';

/** What `idOf` answers for a metric that is not in the index. */
export const NO_METRIC: number = NO_ENTRY;

/** A find that is done in parts. */
export interface Search {
  /** What was found so far. */
  readonly found: FoundPaths;
  /** Looks at about `entriesMax` more names; true when there are no more, or the limit is reached. */
  run(entriesMax: number): boolean;
}

/**
 * The names of the metrics of one shard, for globs: a trie of the folders their whisper files lie in, as
 * graphite-web's standard finder sees them. It is a fold over the files and the log, and never saved.
 *
 * An untagged metric is the file its name stands for, so `a..b` and `a/b` are `a.b`. A tagged one is
 * found by its exact name only.
 */
export class MetricIndex {
  readonly #tree = new Tree();
  readonly #tagged = new Map<string, number>();
  #size = 0;
  /** Two entries may have one path as soon as there are odd files or folders with dots. */
  #pathsMayRepeat = false;

  /** How many metrics there are. */
  get size(): number {
    return this.#size;
  }

  /** How many metrics and folders there are. Nothing is ever taken out: while this stays as it is, nothing has changed. */
  get entries(): number {
    return this.#size + this.#tree.folders.count;
  }

  /** Adds a metric under its normalised name. False, and nothing changes, if its file is known. Each id is given once. */
  add(name: string, id: number): boolean {
    if (name.includes(';')) {
      if (this.#tagged.has(name)) return false;
      this.#tagged.set(name, id);
      this.#size++;
      return true;
    }
    const path = dotted(name);
    const end = path.lastIndexOf('.');
    const folder = this.#makeFolder(path, end, '.');
    return this.#counted(this.#tree.addFile(folder, path.slice(end + 1), id));
  }

  /**
   * Adds a file that was found on disk, by its path below the whisper folder (`a/b.wsp`). False if it is
   * known, or no whisper file by its name (`.wsp`, `.wsp.gz`).
   */
  addFile(path: string, id: number): boolean {
    if (!path.endsWith('.wsp') && !path.endsWith('.wsp.gz')) return false;
    const end = path.lastIndexOf('/');
    const fileName = path.slice(end + 1);
    const folder = this.#makeFolder(path, end, '/');
    const stem = fileName.slice(0, -'.wsp'.length);
    if (!stem.includes('.')) return this.#counted(this.#tree.addFile(folder, stem, id));
    this.#pathsMayRepeat = true;
    return this.#counted(this.#tree.addOddFile(folder, fileName, id));
  }

  /** Adds a folder that was found on disk, which may be empty, by its path below the whisper folder. */
  addFolder(path: string): void {
    this.#makeFolder(path, path.length, '/');
  }

  has(name: string): boolean {
    return this.idOf(name) !== NO_METRIC;
  }

  /** The id of the metric with exactly this name, or `NO_METRIC`. */
  idOf(name: string): number {
    return name.includes(';')
      ? (this.#tagged.get(name) ?? this.#idOfTaggedFile(name))
      : this.#idOfPath(dotted(name));
  }

  /**
   * Metrics and folders that match, in no particular order; at most `limit`, so that whoever wants to
   * know whether there are more asks for one more.
   */
  find(glob: Glob, limit: number): FoundPaths {
    const search = this.search(glob, limit);
    search.run(Number.POSITIVE_INFINITY);
    return search.found;
  }

  /** As `find`, to be done in parts. What is added meanwhile may be found or not. */
  search(glob: Glob, limit: number): Search {
    return this.#search(glob, limit, FoundNodes);
  }

  /** As `search`, for metrics alone: folders do not count towards the limit. */
  searchLeaves(glob: Glob, limit: number): Search {
    return this.#search(glob, limit, FoundLeaves);
  }

  #search(glob: Glob, limit: number, Collected: typeof FoundNodes): Search {
    if (glob.taggedName !== null) {
      const isThere = limit > 0 && this.has(glob.taggedName);
      return {
        found: { leaves: isThere ? [glob.taggedName] : [], branches: [] },
        run: () => true,
      };
    }
    const isRenamed = glob.parts.some((part) => part.kind !== 'tree' && part.shownAs !== null);
    const mayRepeat = this.#pathsMayRepeat || isRenamed;
    return this.#walk(glob, new Collected(this.#tree.segments, limit, mayRepeat));
  }

  /** As `search`, for the distinct last parts of what matches: names without their paths. */
  searchNames(glob: Glob, limit: number): Search {
    if (glob.taggedName !== null) return this.search(glob, limit);
    return this.#walk(glob, new FoundNames(this.#tree.segments, limit));
  }

  /** The ids of the metrics that match, in no particular order, at most `limit`. */
  expand(glob: Glob, limit: number): number[] {
    if (glob.taggedName !== null)
      return this.has(glob.taggedName) ? [this.idOf(glob.taggedName)] : [];
    const found = new FoundIds(limit);
    new Walk(this.#tree, glob, found).run(Number.POSITIVE_INFINITY);
    return found.ids;
  }

  #walk(glob: Glob, found: FoundNodes | FoundNames): Search {
    const walk = new Walk(this.#tree, glob, found);
    return { found, run: (entriesMax) => walk.run(entriesMax) };
  }

  #counted(isNew: boolean): boolean {
    if (isNew) this.#size++;
    return isNew;
  }

  /** The folder `path[0, end)`, made if need be. */
  #makeFolder(path: string, end: number, separator: '.' | '/'): number {
    let folder = ROOT;
    for (let start = 0; start < end; ) {
      const next = Math.min(endOfSegment(path, separator, start), end);
      const name = path.slice(start, next);
      // A folder with a dot in its name looks like two.
      if (separator === '/' && name.includes('.')) this.#pathsMayRepeat = true;
      folder = this.#tree.enter(folder, name);
      start = next + 1;
    }
    return folder;
  }

  #idOfPath(path: string): number {
    let folder = ROOT;
    let start = 0;
    for (;;) {
      const end = endOfSegment(path, '.', start);
      if (end === path.length) return this.#tree.file(folder, path.slice(start));
      folder = this.#tree.folder(folder, path.slice(start, end));
      if (folder === NO_ENTRY) return NO_METRIC;
      start = end + 1;
    }
  }

  /** A file of a tagged series that came from disk, where its name may be a hash only. */
  #idOfTaggedFile(name: string): number {
    const hashed = this.#idOfFile(metricPath(name, true));
    return hashed === NO_METRIC ? this.#idOfFile(metricPath(name, false)) : hashed;
  }

  #idOfFile(path: string): number {
    return this.#idOfPath(path.slice(0, -'.wsp'.length).replaceAll('/', '.'));
  }
}

function endOfSegment(path: string, separator: '.' | '/', start: number): number {
  const end = path.indexOf(separator, start);
  return end === -1 ? path.length : end;
}

/** The file of an untagged name, as a dotted path: leading separators and empty folders vanish. */
function dotted(name: string): string {
  const path = name.includes('/') ? name.replaceAll('/', '.') : name;
  return path.startsWith('.') || path.includes('..')
    ? path.replace(/\.+/g, '.').replace(/^\./, '')
    : path;
}
