import { errorCode } from '../../errors.js';
import type { Files } from '../files.js';
import { NarrowColumn } from '../narrow-column.js';

/** How many files are closed to open one more, when the process or the system has run out of descriptors. */
const EVICTIONS_MAX = 64;
/** Of so many files that come in when all places are taken, one comes to stay. */
const STAYS_EVERY = 32;

/**
 * Files kept open, by metric id, in `max` places. Which one is closed for the next is found as by a clock: a hand goes
 * round over the places and takes the first file that was not used since it last came by.
 *
 * Where there are more metrics than places, all of them are written round and round, and whoever closes the file used
 * longest ago always closes the one that is needed next. So the hand stands still after most files that come in: the next
 * one takes the same place, and the others stay, for as long as they are used. (Bimodal insertion; Qureshi and others,
 * "Adaptive insertion policies for high performance caching", 2007.)
 */
export class OpenFiles {
  readonly #files: Files;
  /** Place of each metric id, plus one; 0: not open. */
  readonly #placeOf = new NarrowColumn();
  readonly #idOf: Uint32Array;
  readonly #fdOf: Int32Array;
  /** 1 for a file that was used since the hand came by. */
  readonly #isUsed: Uint8Array;
  /** Places that are not taken: the first `#unusedCount` of these. */
  readonly #unused: Uint32Array;
  #unusedCount: number;
  #hand = 0;
  #cameIn = 0;
  /** Where `nextId` was last. */
  #cursor = 0;

  /** @param max at least 1 */
  constructor(files: Files, max: number) {
    this.#files = files;
    this.#idOf = new Uint32Array(max);
    this.#fdOf = new Int32Array(max);
    this.#isUsed = new Uint8Array(max);
    this.#unused = Uint32Array.from({ length: max }, (_, i) => max - 1 - i);
    this.#unusedCount = max;
  }

  get count(): number {
    return this.#fdOf.length - this.#unusedCount;
  }

  /** The open file of a metric; -1 when it is not open. */
  peek(id: number): number {
    const place = this.#place(id);
    return place < 0 ? -1 : this.#fdOf[place];
  }

  /** As `peek`, for use. */
  get(id: number): number {
    const place = this.#place(id);
    if (place < 0) return -1;
    this.#isUsed[place] = 1;
    return this.#fdOf[place];
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
        if (!exhausted || this.count === 0 || evictions === EVICTIONS_MAX) throw error;
        this.#evict();
      }
    }
  }

  /** Keeps a file that the caller has opened. */
  keep(id: number, fd: number): void {
    const isFull = this.#unusedCount === 0;
    if (isFull) this.#evict();
    const place = this.#unused[--this.#unusedCount];
    this.#idOf[place] = id;
    this.#fdOf[place] = fd;
    const stays = isFull && ++this.#cameIn % STAYS_EVERY === 0;
    this.#isUsed[place] = stays ? 1 : 0;
    this.#placeOf.grow(id + 1);
    this.#placeOf.set(id, place + 1);
  }

  /** Closes the file of a metric, if it is open. */
  close(id: number): void {
    const place = this.#place(id);
    if (place >= 0) this.#release(place);
  }

  /** An id whose file is open; the next one with each call, round and round. At least one must be open. */
  nextId(): number {
    do this.#cursor = (this.#cursor + 1) % this.#fdOf.length;
    while (!this.#isTaken(this.#cursor));
    return this.#idOf[this.#cursor];
  }

  closeAll(): void {
    for (let place = 0; place < this.#fdOf.length; place++) {
      if (this.#isTaken(place)) this.#release(place);
    }
  }

  /** Closes the file that the hand comes to. At least one must be open. */
  #evict(): void {
    for (;;) {
      if (this.#isTaken(this.#hand)) {
        if (this.#isUsed[this.#hand] === 0) break;
        this.#isUsed[this.#hand] = 0;
      }
      this.#hand = (this.#hand + 1) % this.#fdOf.length;
    }
    this.#release(this.#hand);
  }

  #isTaken(place: number): boolean {
    return this.#place(this.#idOf[place]) === place;
  }

  /** -1: not open. */
  #place(id: number): number {
    return id < this.#placeOf.length ? this.#placeOf.get(id) - 1 : -1;
  }

  #release(place: number): void {
    this.#placeOf.set(this.#idOf[place], 0);
    this.#unused[this.#unusedCount++] = place;
    this.#files.close(this.#fdOf[place]);
  }
}
