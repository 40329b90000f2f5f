/** Places for paths, of all stores of a process together; some 5 MB when all are taken (`npm run bench -- memory`). */
const PLACES = 24_576;
/** Of so many paths that find their place taken, one stays. */
const STAYS_EVERY = 32;
/** From where on the ids of one store after the other have their places: they all begin at 0. */
const NEXT_STORE = 12_289;

/** Where paths are kept, each in one place. */
export class PathPlaces {
  /** The number of the store whose path it is, from 1; 0: nobody's. */
  readonly owners = new Uint32Array(PLACES);
  readonly ids = new Uint32Array(PLACES);
  readonly paths: string[] = [];
  stores = 0;
}

const ofProcess = new PathPlaces();

/**
 * Paths of files by metric id, since to put a name together with its folder costs a good part of what opening the file
 * costs. Each id has one place, which it shares with others. Where there are more metrics than places, they come round and
 * round: as in `OpenFiles` most of those that find another's path in their place leave it there.
 */
export class KeptPaths {
  readonly #make: (name: string) => string;
  readonly #places: PathPlaces;
  readonly #store: number;
  readonly #first: number;
  #refused = 0;

  constructor(make: (name: string) => string, places = ofProcess) {
    this.#make = make;
    this.#places = places;
    this.#store = ++places.stores;
    this.#first = (this.#store * NEXT_STORE) % PLACES;
  }

  of(id: number, name: () => string): string {
    const { owners, ids, paths } = this.#places;
    const place = (this.#first + id) % PLACES;
    if (owners[place] === this.#store && ids[place] === id) return paths[place];
    const path = this.#make(name());
    if (owners[place] === 0 || ++this.#refused % STAYS_EVERY === 0) {
      owners[place] = this.#store;
      ids[place] = id;
      paths[place] = path;
    }
    return path;
  }

  /** From now on the id may be another metric's. */
  forget(id: number): void {
    const { owners, ids } = this.#places;
    const place = (this.#first + id) % PLACES;
    if (owners[place] === this.#store && ids[place] === id) owners[place] = 0;
  }
}
