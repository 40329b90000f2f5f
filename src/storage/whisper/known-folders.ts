import { type Files, isMissing } from '../files.js';

/** Folders that are remembered; when there would be more, all are looked at anew. */
const FOLDERS_MAX = 1024;

/** Folders that were seen or made, so that the next file in one of them needs no look. */
export class KnownFolders {
  readonly #files: Files;
  readonly #known = new Set<string>();

  constructor(files: Files) {
    this.#files = files;
  }

  /** Runs `make`, which makes a file in the folder. The folder is made where it is missing, also when somebody has removed it. */
  within<T>(folder: string, make: () => T): T {
    if (this.#known.has(folder)) {
      try {
        return make();
      } catch (error) {
        if (!isMissing(error)) throw error;
        this.forget();
      }
    }
    if (this.#files.size(folder) === undefined) this.#files.makeFolder(folder);
    if (this.#known.size === FOLDERS_MAX) this.forget();
    this.#known.add(folder);
    return make();
  }

  forget(): void {
    this.#known.clear();
  }
}
