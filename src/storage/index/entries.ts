import { assert } from '../../assert.js';
import { copied, grownCapacity } from '../columns.js';

/** There is no such entry. */
export const NO_ENTRY = -1;

const INITIAL_ENTRIES = 1024;
/** Three of four slots are taken at most. */
const FULL = 0.75;

/**
 * What lies in folders: numbered entries, each in one folder and with one name, both by their numbers. There are millions
 * of them, so they are kept in columns: 12 bytes an entry, 5 to 11 for finding it by its name, and 4 a folder.
 */
export class Entries {
  count = 0;
  /** The folder of each entry, plus one; 0: there is no such entry. */
  #folder = new Uint32Array(INITIAL_ENTRIES);
  #name = new Uint32Array(INITIAL_ENTRIES);
  /** The entry of the same folder that came before, plus one; 0: none. */
  #next = new Uint32Array(INITIAL_ENTRIES);
  /** The entry that came last to each folder, plus one; 0: none. */
  #first = new Uint32Array(INITIAL_ENTRIES);
  /** Entries by their folder and name, open addressing: the entry, plus one; 0: the slot is empty. */
  #slots = new Uint32Array(2 * INITIAL_ENTRIES);

  /** The entry of a folder with this name, or `NO_ENTRY`. */
  find(folder: number, name: number): number {
    return this.#slots[this.#slotOf(folder, name)] - 1;
  }

  /** Puts an entry into a folder that has none of this name. */
  add(entry: number, folder: number, name: number): void {
    if (entry >= this.#folder.length) this.#grow(entry);
    if (folder >= this.#first.length) {
      const capacity = grownCapacity(this.#first.length, folder + 1);
      this.#first = copied(this.#first, new Uint32Array(capacity));
    }
    assert(this.#folder[entry] === 0, 'an entry lies in one folder');
    const slot = this.#slotOf(folder, name);
    assert(this.#slots[slot] === 0, 'the names in a folder differ');
    this.#slots[slot] = entry + 1;
    this.#folder[entry] = folder + 1;
    this.#name[entry] = name;
    this.#next[entry] = this.#first[folder];
    this.#first[folder] = entry + 1;
    if (++this.count > this.#slots.length * FULL) this.#rehash();
  }

  nameOf(entry: number): number {
    return this.#name[entry];
  }

  /** The folder that an entry lies in. */
  folderOf(entry: number): number {
    return this.#folder[entry] - 1;
  }

  /** The entry that came last to a folder; `NO_ENTRY`: it has none. Entries that come later do not disturb a walk. */
  first(folder: number): number {
    return folder < this.#first.length ? this.#first[folder] - 1 : NO_ENTRY;
  }

  /** The entry of the same folder that came before this one, or `NO_ENTRY`. */
  next(entry: number): number {
    return this.#next[entry] - 1;
  }

  /** The slot of an entry, or the empty one where it belongs. */
  #slotOf(folder: number, name: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hashOf(folder, name) & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot] - 1;
      if (entry < 0) return slot;
      if (this.#name[entry] === name && this.#folder[entry] === folder + 1) return slot;
    }
  }

  #grow(entry: number): void {
    const capacity = grownCapacity(this.#folder.length, entry + 1);
    this.#folder = copied(this.#folder, new Uint32Array(capacity));
    this.#name = copied(this.#name, new Uint32Array(capacity));
    this.#next = copied(this.#next, new Uint32Array(capacity));
  }

  #rehash(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (const stored of old) {
      if (stored === 0) continue;
      this.#slots[this.#slotOf(this.#folder[stored - 1] - 1, this.#name[stored - 1])] = stored;
    }
  }
}

/** Two numbers mixed into 32 bits. */
function hashOf(a: number, b: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
