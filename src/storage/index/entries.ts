/** Up to so many entries are looked through one by one; a Map of them would take several times their room. */
const SMALL_MAX = 12;

/**
 * The entries of one folder by name, in the order in which they came. Most folders hold a few, and there are
 * millions of folders: few entries are kept side by side in one array, many in a Map.
 */
export class Entries<V> {
  /** Names and values in turn. */
  #few: (string | V)[] = [];
  #many: Map<string, V> | null = null;

  get size(): number {
    return this.#many === null ? this.#few.length / 2 : this.#many.size;
  }

  get(name: string): V | undefined {
    if (this.#many !== null) return this.#many.get(name);
    const at = this.#placeOf(name);
    return at < 0 ? undefined : (this.#few[at + 1] as V);
  }

  has(name: string): boolean {
    return this.#many === null ? this.#placeOf(name) >= 0 : this.#many.has(name);
  }

  set(name: string, value: V): void {
    if (this.#many !== null) {
      this.#many.set(name, value);
      return;
    }
    const at = this.#placeOf(name);
    if (at >= 0) this.#few[at + 1] = value;
    // A new array of the right length: one that grows keeps room for more.
    else if (this.size < SMALL_MAX) this.#few = this.#few.concat(name, value);
    else {
      this.#many = new Map(this);
      this.#many.set(name, value);
      this.#few = [];
    }
  }

  keys(): IterableIterator<string> {
    return this.#many === null ? namesOf(this.#few) : this.#many.keys();
  }

  [Symbol.iterator](): IterableIterator<[string, V]> {
    return this.#many === null ? pairsOf(this.#few) : this.#many.entries();
  }

  #placeOf(name: string): number {
    const few = this.#few;
    for (let at = 0; at < few.length; at += 2) if (few[at] === name) return at;
    return -1;
  }
}

function* namesOf<V>(few: readonly (string | V)[]): Generator<string> {
  for (let at = 0; at < few.length; at += 2) yield few[at] as string;
}

function* pairsOf<V>(few: readonly (string | V)[]): Generator<[string, V]> {
  for (let at = 0; at < few.length; at += 2) yield [few[at] as string, few[at + 1] as V];
}
