import { type Files, isMissing, replaceFile } from './files.js';

/** A file beside a node's shards that says that an operator drained the node: it stays so when it starts again. */
export class DrainMark {
  readonly #files: Files;
  readonly #path: string;

  constructor(files: Files, path: string) {
    this.#files = files;
    this.#path = path;
  }

  get isSet(): boolean {
    return this.#files.size(this.#path) !== undefined;
  }

  set(): void {
    replaceFile(this.#files, this.#path, Buffer.from('carbonbus rejoin ends it\n'));
  }

  clear(): void {
    try {
      this.#files.remove(this.#path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}
