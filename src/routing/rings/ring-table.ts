import { assert } from '../../assert.js';
import type { NameHash } from '../hashes/name-hash.js';
import type { NameRouter } from './name-router.js';

/** A position on a ring, and the destinations of the names that fall on it or below it, down to the one before. */
export interface RingRow {
  readonly position: number;
  readonly destinations: readonly number[];
}

/** The upper halves of a 32-bit position, and all positions of 16 bits. */
const BUCKETS = 65_536;

/** A ring worked out in advance: for each of its positions, the destinations. */
export class RingTable implements NameRouter {
  readonly destinationsMax: number;
  readonly #hash: NameHash;
  readonly #positions: Int32Array;
  /** By bucket, the first row at or behind its beginning: a search through the rows would take half of the time. */
  readonly #firstRows = new Uint32Array(BUCKETS);
  /** A position is in the bucket `(position >> shift) + offset`. */
  readonly #shift: number;
  readonly #offset: number;
  readonly #counts: Uint16Array;
  /** `destinationsMax` for each row. */
  readonly #destinations: Uint16Array;

  /**
   * @param rows by ascending position
   * @param range of the hash: 16 bits without, or 32 bits with a sign
   */
  constructor(hash: NameHash, rows: readonly RingRow[], range: 'uint16' | 'int32' = 'uint16') {
    this.#hash = hash;
    this.#shift = range === 'uint16' ? 0 : 16;
    this.#offset = range === 'uint16' ? 0 : BUCKETS / 2;
    this.destinationsMax = rows.reduce((max, row) => Math.max(max, row.destinations.length), 0);
    this.#positions = Int32Array.from(rows, (row) => row.position);
    this.#counts = Uint16Array.from(rows, (row) => row.destinations.length);
    this.#destinations = new Uint16Array(rows.length * this.destinationsMax);
    rows.forEach((row, i) => {
      assert(i === 0 || rows[i - 1].position < row.position, 'rows are in order');
      this.#destinations.set(row.destinations, i * this.destinationsMax);
    });
    for (let bucket = 0, row = 0; bucket < BUCKETS; bucket++) {
      const beginning = (bucket - this.#offset) << this.#shift;
      while (row < rows.length && rows[row].position < beginning) row++;
      this.#firstRows[bucket] = row;
    }
  }

  destinationsOf(bytes: Uint8Array, start: number, end: number, into: Uint16Array): number {
    if (this.destinationsMax === 0) return 0;
    const row = this.#rowAt(this.#hash(bytes, start, end));
    const count = this.#counts[row];
    const from = row * this.destinationsMax;
    for (let i = 0; i < count; i++) into[i] = this.#destinations[from + i];
    return count;
  }

  /** The first row at or behind a position; behind the last one it is the first. */
  #rowAt(position: number): number {
    const positions = this.#positions;
    let row = this.#firstRows[(position >> this.#shift) + this.#offset];
    while (row < positions.length && positions[row] < position) row++;
    return row === positions.length ? 0 : row;
  }
}
