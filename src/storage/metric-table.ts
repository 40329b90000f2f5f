import { assert } from '../assert.js';
import { bytesOfName } from '../protocols/name-bytes.js';
import { fnv1a32 } from '../routing/hashes/fnv1a.js';
import { copied, grownCapacity } from './columns.js';

const INITIAL_SLOTS = 1024;
const INITIAL_ARENA_BYTES = 16 * 1024;

/** Three of four slots are taken at most. */
const FULL = 0.75;

/**
 * Names of metrics to dense ids (0, 1, 2, ...), without a string per lookup: open addressing over the
 * FNV-1a hash, names kept as bytes in one arena. A metric takes 16 to 26 bytes and its name; all names 4 GiB at most.
 */
export class MetricTable {
  count = 0;
  /** The id in each slot, plus one; 0: the slot is empty. */
  #slots = new Uint32Array(INITIAL_SLOTS);
  /** The upper byte of the hash of the name in each slot: few other names have to be looked at. */
  #tags = new Uint8Array(INITIAL_SLOTS);
  #arena = new Uint8Array(INITIAL_ARENA_BYTES);
  /** The arena, and the bytes in which names were looked for last, to be compared in words that begin anywhere. */
  #arenaView = new DataView(this.#arena.buffer);
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);
  /** Where each name ends in the arena, and the next one begins. */
  #nameEnd = new Uint32Array(INITIAL_SLOTS);
  /** For each name the one that was asked for after it the last time, plus one. */
  #followers = new Uint32Array(INITIAL_SLOTS);
  #last = 0;
  /** The metrics that some names are other spellings of. */
  readonly #redirected = new Map<number, number>();

  /** The id of the name `bytes[start, end)`; a new name gets the next id (so it is new when `count` grew). */
  intern(bytes: Uint8Array, start: number, end: number): number {
    this.#look(bytes);
    // Senders send their metrics in the same order again and again: then no hash is needed.
    const expected = this.#followers[this.#last] - 1;
    if (expected >= 0 && this.#equals(expected, start, end)) {
      this.#last = expected;
      return this.#resolved(expected);
    }
    const hash = fnv1a32(bytes, start, end);
    const slot = this.#slotOf(hash, start, end);
    const stored = this.#slots[slot];
    const id = stored === 0 ? this.#insert(slot, hash, bytes, start, end) : stored - 1;
    this.#followers[this.#last] = id + 1;
    this.#last = id;
    return this.#resolved(id);
  }

  /** The id of a name, or undefined when it was never interned. */
  find(name: string): number | undefined {
    const { bytes, end } = bytesOfName(name);
    const id = this.idOf(bytes, 0, end);
    return id < 0 ? undefined : id;
  }

  /** The id of the name `bytes[start, end)`, or -1 when it was never interned. */
  idOf(bytes: Uint8Array, start: number, end: number): number {
    this.#look(bytes);
    const slot = this.#slotOf(fnv1a32(bytes, start, end), start, end);
    const stored = this.#slots[slot];
    return stored === 0 ? -1 : this.#resolved(stored - 1);
  }

  /** From now on the name with the id `alias` is another spelling of the metric `id`. */
  redirect(alias: number, id: number): void {
    assert(alias < this.count && id < this.count, 'both ids were given out');
    this.#redirected.set(alias, id);
  }

  /** Whether the id is that of another spelling, which has no file of its own. */
  isAlias(id: number): boolean {
    return this.#redirected.has(id);
  }

  name(id: number): string {
    assert(id < this.count, 'the id was given out');
    const start = this.#startOf(id);
    return Buffer.from(this.#arena.buffer, start, this.#nameEnd[id] - start).toString('utf8');
  }

  /** The id that stands for the name with this one. Other spellings are rare. */
  #resolved(id: number): number {
    return this.#redirected.size === 0 ? id : (this.#redirected.get(id) ?? id);
  }

  /** Names are looked for in `bytes`. */
  #look(bytes: Uint8Array): void {
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The slot of a name, or the empty one where it belongs. */
  #slotOf(hash: number, start: number, end: number): number {
    const slots = this.#slots;
    const tag = hash >>> 24;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const stored = slots[slot];
      if (stored === 0) return slot;
      if (this.#tags[slot] === tag && this.#equals(stored - 1, start, end)) return slot;
    }
  }

  #insert(slot: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    const id = this.count++;
    const nameStart = this.#startOf(id);
    const nameEnd = nameStart + end - start;
    this.#reserve(id, nameEnd);
    this.#slots[slot] = id + 1;
    this.#tags[slot] = hash >>> 24;
    this.#arena.set(bytes.subarray(start, end), nameStart);
    this.#nameEnd[id] = nameEnd;
    if (this.count > this.#slots.length * FULL) this.#rehash();
    return id;
  }

  #startOf(id: number): number {
    return id === 0 ? 0 : this.#nameEnd[id - 1];
  }

  #equals(id: number, start: number, end: number): boolean {
    let at = this.#startOf(id);
    if (this.#nameEnd[id] - at !== end - start) return false;
    const arena = this.#arenaView;
    const view = this.#view;
    let i = start;
    for (; i + 4 <= end; i += 4, at += 4) {
      if (arena.getInt32(at, true) !== view.getInt32(i, true)) return false;
    }
    for (; i < end; i++, at++) if (arena.getUint8(at) !== view.getUint8(i)) return false;
    return true;
  }

  #reserve(id: number, arenaBytes: number): void {
    assert(arenaBytes < 2 ** 32, 'the names of a shard fit into 4 GiB');
    if (id >= this.#nameEnd.length) {
      const capacity = grownCapacity(this.#nameEnd.length, id + 1);
      this.#nameEnd = copied(this.#nameEnd, new Uint32Array(capacity));
      this.#followers = copied(this.#followers, new Uint32Array(capacity));
    }
    if (arenaBytes > this.#arena.length) {
      const capacity = grownCapacity(this.#arena.length, arenaBytes);
      this.#arena = copied(this.#arena, new Uint8Array(capacity));
      this.#arenaView = new DataView(this.#arena.buffer);
    }
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const tags = new Uint8Array(slots.length);
    const mask = slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      const hash = fnv1a32(this.#arena, this.#startOf(id), this.#nameEnd[id]);
      let slot = hash & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
      tags[slot] = hash >>> 24;
    }
    this.#slots = slots;
    this.#tags = tags;
  }
}
