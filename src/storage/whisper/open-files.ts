import { errorCode } from '../../errors.js';
import { copied, grownCapacity } from '../columns.js';
import type { Files } from '../files.js';

const NONE = -1;
/** How many files are closed to open one more, when the process or the system has run out of descriptors. */
const EVICTIONS_MAX = 64;

/**
 * Files kept open, by metric id: up to `max` of them, then the one used longest ago is closed for the next.
 * The order is a doubly linked list in typed arrays, newest first.
 */
export class OpenFiles {
  readonly #files: Files;
  /** Entry of each metric id, plus one; 0: not open. */
  #entryOf = new Uint32Array(1024);
  readonly #idOf: Uint32Array;
  readonly #fdOf: Int32Array;
  readonly #newer: Int32Array;
  readonly #older: Int32Array;
  #newest = NONE;
  #oldest = NONE;
  /** Head of the list of unused entries, linked by `#older`. */
  #unused = 0;
  #count = 0;
  /** Where `nextId` was last. */
  #cursor = 0;

  /** @param max at least 1 */
  constructor(files: Files, max: number) {
    this.#files = files;
    this.#idOf = new Uint32Array(max);
    this.#fdOf = new Int32Array(max);
    this.#newer = new Int32Array(max);
    this.#older = Int32Array.from({ length: max }, (_, i) => (i + 1 < max ? i + 1 : NONE));
  }

  get count(): number {
    return this.#count;
  }

  /** The open file of a metric; -1 when it is not open. */
  peek(id: number): number {
    const entry = (this.#entryOf[id] ?? 0) - 1;
    return entry < 0 ? -1 : this.#fdOf[entry];
  }

  /** As `peek`, for use: it is now the most recently used. */
  get(id: number): number {
    const entry = (this.#entryOf[id] ?? 0) - 1;
    if (entry < 0) return -1;
    if (entry !== this.#newest) {
      this.#unlink(entry);
      this.#pushNewest(entry);
    }
    return this.#fdOf[entry];
  }

  /** Opens a file for reading and writing and keeps it. */
  open(id: number, path: string): number {
    const fd = this.openWith(() => this.#files.open(path, 'update'));
    this.keep(id, fd);
    return fd;
  }

  /** Runs `open`, giving up files kept here when there are no descriptors left. */
  openWith<T>(open: () => T): T {
    for (let evictions = 0; ; evictions++) {
      try {
        return open();
      } catch (error) {
        const code = errorCode(error);
        const exhausted = code === 'EMFILE' || code === 'ENFILE';
        if (!exhausted || this.#count === 0 || evictions === EVICTIONS_MAX) throw error;
        this.#evict();
      }
    }
  }

  /** Keeps a file that the caller has opened. */
  keep(id: number, fd: number): void {
    if (this.#unused === NONE) this.#evict();
    const entry = this.#unused;
    this.#unused = this.#older[entry];
    this.#idOf[entry] = id;
    this.#fdOf[entry] = fd;
    this.#pushNewest(entry);
    this.#count++;
    if (id >= this.#entryOf.length) {
      const capacity = grownCapacity(this.#entryOf.length, id + 1);
      this.#entryOf = copied(this.#entryOf, new Uint32Array(capacity));
    }
    this.#entryOf[id] = entry + 1;
  }

  /** Closes the file of a metric, if it is open. */
  close(id: number): void {
    const entry = (this.#entryOf[id] ?? 0) - 1;
    if (entry >= 0) this.#release(entry);
  }

  /** An id whose file is open; the next one with each call, round and round. At least one must be open. */
  nextId(): number {
    do this.#cursor = (this.#cursor + 1) % this.#fdOf.length;
    while (this.#entryOf[this.#idOf[this.#cursor]] !== this.#cursor + 1);
    return this.#idOf[this.#cursor];
  }

  closeAll(): void {
    while (this.#oldest !== NONE) this.#evict();
  }

  #evict(): void {
    this.#release(this.#oldest);
  }

  #release(entry: number): void {
    this.#unlink(entry);
    this.#entryOf[this.#idOf[entry]] = 0;
    this.#older[entry] = this.#unused;
    this.#unused = entry;
    this.#count--;
    this.#files.close(this.#fdOf[entry]);
  }

  #unlink(entry: number): void {
    const newer = this.#newer[entry];
    const older = this.#older[entry];
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
  }

  #pushNewest(entry: number): void {
    this.#newer[entry] = NONE;
    this.#older[entry] = this.#newest;
    if (this.#newest !== NONE) this.#newer[this.#newest] = entry;
    this.#newest = entry;
    if (this.#oldest === NONE) this.#oldest = entry;
  }
}
