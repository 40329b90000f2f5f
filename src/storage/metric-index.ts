import type { Glob } from '../routing/glob.js';
import { Entries } from './index/entries.js';
import { findIn } from './index/find.js';
import { Folder } from './index/folder.js';
import { type FindNode, FoundIds, FoundNodes } from './index/found.js';
import { Segments } from './index/segments.js';
import { metricPath } from './metric-path.js';

export type { FindNode } from './index/found.js';

/** What `idOf` answers for a metric that is not in the index. */
export const NO_METRIC = -1;

/**
 * The names of the metrics of one shard, for globs: a trie of the folders their whisper files lie in, as
 * graphite-web's standard finder sees them. It is a fold over the files and the log, and never saved.
 *
 * An untagged metric is the file its name stands for, so `a..b` and `a/b` are `a.b`. A tagged one is
 * found by its exact name only.
 */
export class MetricIndex {
  readonly #root = new Folder();
  readonly #segments = new Segments();
  readonly #tagged = new Map<string, number>();
  #size = 0;
  /** Two entries may have one path as soon as there are odd files or folders with dots. */
  #pathsMayRepeat = false;

  /** How many metrics there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds a metric under its normalised name. False, and nothing changes, if its file is known. */
  add(name: string, id: number): boolean {
    if (name.includes(';')) return this.#put(this.#tagged, name, id);
    const path = dotted(name);
    const end = path.lastIndexOf('.');
    const folder = this.#makeFolder(path, end, '.');
    folder.files ??= new Entries();
    return this.#put(folder.files, path.slice(end + 1), id);
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
    if (!stem.includes('.')) {
      folder.files ??= new Entries();
      return this.#put(folder.files, stem, id);
    }
    this.#pathsMayRepeat = true;
    folder.oddFiles ??= new Entries();
    return this.#put(folder.oddFiles, fileName, id);
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
  find(glob: Glob, limit: number): FindNode[] {
    if (glob.taggedName !== null)
      return this.has(glob.taggedName) ? [{ path: glob.taggedName, isLeaf: true }] : [];
    const isRenamed = glob.parts.some((part) => part.kind !== 'tree' && part.shownAs !== null);
    const nodes = new FoundNodes(limit, this.#pathsMayRepeat || isRenamed);
    findIn(this.#root, this.#segments, glob, nodes);
    return nodes.nodes;
  }

  /** The ids of the metrics that match, in no particular order, at most `limit`. */
  expand(glob: Glob, limit: number): number[] {
    if (glob.taggedName !== null)
      return this.has(glob.taggedName) ? [this.idOf(glob.taggedName)] : [];
    const ids = new FoundIds(limit);
    findIn(this.#root, this.#segments, glob, ids);
    return ids.ids;
  }

  #put(entries: Entries<number> | Map<string, number>, key: string, id: number): boolean {
    if (entries.has(key)) return false;
    entries.set(entries === this.#tagged ? key : this.#segments.keep(key), id);
    this.#size++;
    return true;
  }

  /** The folder `path[0, end)`, made if need be. */
  #makeFolder(path: string, end: number, separator: '.' | '/'): Folder {
    let folder = this.#root;
    for (let start = 0; start < end; ) {
      const next = Math.min(endOfSegment(path, separator, start), end);
      folder = this.#enter(folder, path.slice(start, next));
      start = next + 1;
    }
    return folder;
  }

  #enter(parent: Folder, name: string): Folder {
    parent.folders ??= new Entries();
    const known = parent.folders.get(name);
    if (known !== undefined) return known;
    if (name.includes('.')) this.#pathsMayRepeat = true;
    const folder = new Folder();
    parent.folders.set(this.#segments.keep(name), folder);
    return folder;
  }

  #idOfPath(path: string): number {
    let folder: Folder | undefined = this.#root;
    let start = 0;
    for (;;) {
      const end = endOfSegment(path, '.', start);
      if (end === path.length) break;
      folder = folder.folders?.get(path.slice(start, end));
      if (folder === undefined) return NO_METRIC;
      start = end + 1;
    }
    return folder.files?.get(path.slice(start)) ?? NO_METRIC;
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
