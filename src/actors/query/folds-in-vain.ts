const GLOBS_MAX = 1_000;
/** Reads of a glob after which it is tried again. */
const READS = 16;

/** Globs of which nodes have made one series each, and it was of no use: their metrics had to be read again. */
export class FoldsInVain {
  /** Reads that are left, by glob; those noted first come first. */
  readonly #left = new Map<string, number>();

  note(glob: string): void {
    this.#left.set(glob, READS);
    const [first] = this.#left.keys();
    if (this.#left.size > GLOBS_MAX) this.#left.delete(first);
  }

  /** Whether it is worth a try, for a read that comes now. */
  isWorthIt(glob: string): boolean {
    const left = this.#left.get(glob);
    if (left === undefined) return true;
    if (left > 1) this.#left.set(glob, left - 1);
    else this.#left.delete(glob);
    return false;
  }
}
