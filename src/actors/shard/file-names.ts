import type { NamesPage } from '../../protocols/repair-messages.js';
import type { Clock } from '../ports/clock.js';

/** Files looked at between two turns of sockets and timers. */
const SLICE_FILES = 500;
/** A list of names is used again for this long: those who ask want page after page. */
const KEPT_MS = 60_000;

/** The names that a shard has files of, in pages. */
export class FileNames {
  readonly #paths: () => Generator<string>;
  readonly #nameOf: (path: string) => string;
  readonly #clock: Clock;
  #names: Promise<string[]> | undefined;
  #usedAtMs = 0;

  constructor(paths: () => Generator<string>, nameOf: (path: string) => string, clock: Clock) {
    this.#paths = paths;
    this.#nameOf = nameOf;
    this.#clock = clock;
  }

  /** Up to `limit` names after `after`, ascending. */
  async page(after: string, limit: number): Promise<NamesPage> {
    const nowMs = this.#clock.monotonicMs();
    if (after === '' || nowMs - this.#usedAtMs > KEPT_MS) this.#names = undefined;
    this.#usedAtMs = nowMs;
    this.#names ??= this.#list();
    const names = await this.#names;
    let from = 0;
    for (let to = names.length; from < to; ) {
      const middle = (from + to) >> 1;
      if (names[middle] <= after) from = middle + 1;
      else to = middle;
    }
    const page = names.slice(from, from + limit);
    if (from + limit >= names.length) this.#names = undefined;
    return { names: page, total: names.length };
  }

  async #list(): Promise<string[]> {
    const names: string[] = [];
    for (const path of this.#paths()) {
      names.push(this.#nameOf(path));
      if (names.length % SLICE_FILES === 0) await this.#clock.yieldNow();
    }
    return names.sort();
  }
}
