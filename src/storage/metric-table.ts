import { assert } from '../assert.js';
import { fnv1a32 } from '../routing/hashes/fnv1a.js';
import { copied, grownCapacity } from './columns.js';

const INITIAL_SLOTS = 1024;
const INITIAL_ARENA_BYTES = 16 * 1024;

/**
 * Names of metrics to dense ids (0, 1, 2, ...), without a string per lookup: open addressing over the
 * FNV-1a hash, names kept as bytes in one arena. About 60 bytes a metric.
 */
export class MetricTable {
  count = 0;
  #slots = new Uint32Array(INITIAL_SLOTS * 2);
  #arena = new Uint8Array(INITIAL_ARENA_BYTES);
  #arenaLength = 0;
  #nameStart = new Float64Array(INITIAL_SLOTS);
  #nameLength = new Uint32Array(INITIAL_SLOTS);
  /** The id of each name: its own, unless it was redirected. */
  #idOf = new Uint32Array(INITIAL_SLOTS);

  /** The id of the name `bytes[start, end)`; a new name gets the next id (so it is new when `count` grew). */
  intern(bytes: Uint8Array, start: number, end: number): number {
    const hash = fnv1a32(bytes, start, end);
    const mask = this.#slots.length / 2 - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const stored = this.#slots[slot * 2];
      if (stored === 0) return this.#insert(slot, hash, bytes, start, end);
      if (this.#slots[slot * 2 + 1] === hash && this.#equals(stored - 1, bytes, start, end)) {
        return this.#idOf[stored - 1];
      }
    }
  }

  /** The id of a name, or undefined when it was never interned. */
  find(name: string): number | undefined {
    const bytes = Buffer.from(name);
    const id = this.idOf(bytes, 0, bytes.length);
    return id < 0 ? undefined : id;
  }

  /** The id of the name `bytes[start, end)`, or -1 when it was never interned. */
  idOf(bytes: Uint8Array, start: number, end: number): number {
    const hash = fnv1a32(bytes, start, end);
    const mask = this.#slots.length / 2 - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const stored = this.#slots[slot * 2];
      if (stored === 0) return -1;
      if (this.#slots[slot * 2 + 1] === hash && this.#equals(stored - 1, bytes, start, end)) {
        return this.#idOf[stored - 1];
      }
    }
  }

  /** From now on the name with the id `alias` is another spelling of the metric `id`. */
  redirect(alias: number, id: number): void {
    assert(alias < this.count && id < this.count, 'both ids were given out');
    this.#idOf[alias] = id;
  }

  /** Whether the id is that of another spelling, which has no file of its own. */
  isAlias(id: number): boolean {
    return this.#idOf[id] !== id;
  }

  name(id: number): string {
    assert(id < this.count, 'the id was given out');
    const start = this.#nameStart[id];
    return Buffer.from(this.#arena.buffer, start, this.#nameLength[id]).toString('utf8');
  }

  #insert(slot: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    const id = this.count++;
    this.#slots[slot * 2] = id + 1;
    this.#slots[slot * 2 + 1] = hash;
    this.#reserve(id, end - start);
    this.#nameStart[id] = this.#arenaLength;
    this.#nameLength[id] = end - start;
    this.#idOf[id] = id;
    this.#arena.set(bytes.subarray(start, end), this.#arenaLength);
    this.#arenaLength += end - start;
    if (this.count * 4 > this.#slots.length) this.#rehash();
    return id;
  }

  #equals(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#nameLength[id] !== end - start) return false;
    const arena = this.#arena;
    let at = this.#nameStart[id];
    for (let i = start; i < end; i++) if (arena[at++] !== bytes[i]) return false;
    return true;
  }

  #reserve(id: number, nameLength: number): void {
    if (id >= this.#nameStart.length) {
      const capacity = grownCapacity(this.#nameStart.length, id + 1);
      this.#nameStart = copied(this.#nameStart, new Float64Array(capacity));
      this.#nameLength = copied(this.#nameLength, new Uint32Array(capacity));
      this.#idOf = copied(this.#idOf, new Uint32Array(capacity));
    }
    const arenaBytes = this.#arenaLength + nameLength;
    if (arenaBytes > this.#arena.length) {
      const capacity = grownCapacity(this.#arena.length, arenaBytes);
      this.#arena = copied(this.#arena, new Uint8Array(capacity));
    }
  }

  #rehash(): void {
    const old = this.#slots;
    const slots = new Uint32Array(old.length * 2);
    const mask = slots.length / 2 - 1;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] === 0) continue;
      let slot = old[i + 1] & mask;
      while (slots[slot * 2] !== 0) slot = (slot + 1) & mask;
      slots[slot * 2] = old[i];
      slots[slot * 2 + 1] = old[i + 1];
    }
    this.#slots = slots;
  }
}
