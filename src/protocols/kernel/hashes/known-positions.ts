import * as at from './known-layout.js';

/** So many names are looked at together to see whether it is worth while to keep them. */
const ROUND_NAMES = 2 ** 22;
/** Where it is not, so many are hashed before it is tried again. */
const PAUSE_NAMES = 16 * ROUND_NAMES;

/** The functions of `known-program.ts`. */
export interface KnownFunctions {
  known(count: number, delta: number): number;
  keep(count: number, delta: number): number;
}

/**
 * The positions of names that have been hashed before, in the memory of a kernel. Metrics come again and again, mostly behind
 * the one that they came behind before: to compare a name with the one that is expected takes a fraction of what a hash does.
 */
export class KnownPositions {
  readonly #functions: KnownFunctions;
  readonly #layout: at.KnownLayout;
  readonly #words: Uint32Array;
  /** Of this round. */
  #names = 0;
  #misses = 0;
  /** So many names are still hashed without looking. */
  #pauseLeft = 0;

  constructor(buffer: ArrayBuffer, layout: at.KnownLayout, functions: KnownFunctions) {
    this.#functions = functions;
    this.#layout = layout;
    this.#words = new Uint32Array(buffer);
    const masks = new Uint8Array(buffer, layout.masksAt, at.STEP_BYTES ** 2);
    for (let left = 0; left < at.STEP_BYTES; left++)
      masks.fill(0xff, left * at.STEP_BYTES, left * at.STEP_BYTES + left);
    this.#begin();
  }

  /** Whether so many names that come are to be hashed without looking for them. */
  isPausing(names: number): boolean {
    if (this.#pauseLeft === 0) return false;
    this.#pauseLeft = Math.max(0, this.#pauseLeft - names);
    return true;
  }

  /**
   * Finds the positions of `count` names. Returns how many are not known: they have been moved to the front of the columns
   * that say where names lie, and their positions are wanted where the layout says.
   */
  find(count: number, delta: number): number {
    const misses = this.#functions.known(count, delta);
    this.#count(count, misses);
    return misses;
  }

  /** Takes the positions that were wanted. Returns whether there is no more room: then all names have to be forgotten. */
  keep(misses: number, delta: number): boolean {
    return this.#functions.keep(misses, delta) === 1;
  }

  /** Names that come once, or that are too many, are not worth keeping. */
  #count(names: number, misses: number): void {
    this.#names += names;
    this.#misses += misses;
    if (this.#names < ROUND_NAMES) return;
    if (this.#misses > this.#names / 2) this.#pauseLeft = PAUSE_NAMES;
    this.#names = 0;
    this.#misses = 0;
  }

  /** Forgets all names. */
  forget(): void {
    const { tableAt, recordsAt } = this.#layout;
    this.#words.fill(0, tableAt / 4, recordsAt / 4 + 1);
    this.#begin();
  }

  #begin(): void {
    const { nextAt, recordsEndAt, recordsAt } = this.#layout;
    this.#words[nextAt / 4] = recordsAt;
    this.#words[recordsEndAt / 4] = recordsAt;
  }
}
