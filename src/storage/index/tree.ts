import { Entries, NO_ENTRY } from './entries.js';
import { NO_SEGMENT, Segments } from './segments.js';

/** The folder that all others are in. */
export const ROOT = 0;

/** The folders of whisper files, by number, and the files in them, by the id of their metric. */
export class Tree {
  readonly segments = new Segments();
  readonly folders = new Entries();
  /** Files by what comes before `.wsp`. */
  readonly files = new Entries();
  /** Files with other names, which carbon does not write, by folder: `one.wsp.gz`, `two.dots.wsp`. */
  readonly #oddFiles = new Map<number, Map<string, number>>();

  /** The folder with this name in another one, or `NO_ENTRY`. */
  folder(parent: number, name: string): number {
    const segment = this.segments.find(name);
    return segment === NO_SEGMENT ? NO_ENTRY : this.folders.find(parent, segment);
  }

  /** The names of a folder and of those around it, with dots between; empty for the root. */
  folderPath(folder: number): string {
    const names: string[] = [];
    for (let at = folder; at !== ROOT; at = this.folders.folderOf(at))
      names.push(this.segments.text(this.folders.nameOf(at)));
    return names.reverse().join('.');
  }

  /** The file with this name in a folder, or `NO_ENTRY`. */
  file(folder: number, name: string): number {
    const segment = this.segments.find(name);
    return segment === NO_SEGMENT ? NO_ENTRY : this.files.find(folder, segment);
  }

  /** The folder with this name in another one, made if need be. */
  enter(parent: number, name: string): number {
    const segment = this.segments.keep(name);
    const known = this.folders.find(parent, segment);
    if (known !== NO_ENTRY) return known;
    const folder = this.folders.count + 1;
    this.folders.add(folder, parent, segment);
    return folder;
  }

  /** Adds a file; false if the folder has one of this name. */
  addFile(folder: number, name: string, id: number): boolean {
    const segment = this.segments.keep(name);
    if (this.files.find(folder, segment) !== NO_ENTRY) return false;
    this.files.add(id, folder, segment);
    return true;
  }

  /** Adds a file by its whole name; false if the folder has it. */
  addOddFile(folder: number, fileName: string, id: number): boolean {
    let files = this.#oddFiles.get(folder);
    if (files === undefined) {
      files = new Map();
      this.#oddFiles.set(folder, files);
    }
    if (files.has(fileName)) return false;
    files.set(fileName, id);
    return true;
  }

  get hasOddFiles(): boolean {
    return this.#oddFiles.size > 0;
  }

  oddFiles(folder: number): Iterable<[fileName: string, id: number]> {
    return this.#oddFiles.get(folder) ?? [];
  }
}
