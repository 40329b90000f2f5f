/** Places for paths; about 4 MB when all are taken. */
const PLACES = 32_768;
/** Of so many paths that find their place taken, one stays. */
const STAYS_EVERY = 32;

/**
 * Paths of files by metric id, since to put a name together with its folder costs a good part of what opening the file
 * costs. Each id has one place, which it shares with others. Where there are more metrics than places, they come round and
 * round: as in `OpenFiles` most of those that find another's path in their place leave it there.
 */
export class KeptPaths {
  readonly #make: (name: string) => string;
  /** The id whose path is in each place; undefined: none. They grow with the ids that come: most replicas are small. */
  readonly #ids: (number | undefined)[] = [];
  readonly #paths: string[] = [];
  #refused = 0;

  constructor(make: (name: string) => string) {
    this.#make = make;
  }

  of(id: number, name: () => string): string {
    const place = id % PLACES;
    if (this.#ids[place] === id) return this.#paths[place];
    const path = this.#make(name());
    if (this.#ids[place] === undefined || ++this.#refused % STAYS_EVERY === 0) {
      this.#ids[place] = id;
      this.#paths[place] = path;
    }
    return path;
  }

  /** From now on the id may be another metric's. */
  forget(id: number): void {
    const place = id % PLACES;
    if (this.#ids[place] === id) this.#ids[place] = undefined;
  }
}
