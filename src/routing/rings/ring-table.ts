import { assert } from '../../assert.js';
import type { NameHash } from '../hashes/name-hash.js';
import type { NameRouter } from './name-router.js';

/** A position on a ring, and the destinations of the names that fall on it or below it, down to the one before. */
export interface RingRow {
  readonly position: number;
  readonly destinations: readonly number[];
}

/** A ring worked out in advance: for each of its positions, the destinations. */
export class RingTable implements NameRouter {
  readonly destinationsMax: number;
  readonly #hash: NameHash;
  readonly #positions: Int32Array;
  readonly #counts: Uint16Array;
  /** `destinationsMax` for each row. */
  readonly #destinations: Uint16Array;

  /** @param rows by ascending position; positions are 32-bit integers */
  constructor(hash: NameHash, rows: readonly RingRow[]) {
    this.#hash = hash;
    this.destinationsMax = rows.reduce((max, row) => Math.max(max, row.destinations.length), 0);
    this.#positions = Int32Array.from(rows, (row) => row.position);
    this.#counts = Uint16Array.from(rows, (row) => row.destinations.length);
    this.#destinations = new Uint16Array(rows.length * this.destinationsMax);
    rows.forEach((row, i) => {
      assert(i === 0 || rows[i - 1].position < row.position, 'rows are in order');
      this.#destinations.set(row.destinations, i * this.destinationsMax);
    });
  }

  destinationsOf(bytes: Uint8Array, start: number, end: number, into: Uint16Array): number {
    const row = this.#rowAt(this.#hash(bytes, start, end));
    const count = this.#counts[row];
    const from = row * this.destinationsMax;
    for (let i = 0; i < count; i++) into[i] = this.#destinations[from + i];
    return count;
  }

  /** The first row at or behind a position; behind the last one it is the first. */
  #rowAt(position: number): number {
    const positions = this.#positions;
    let low = 0;
    let high = positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (positions[middle] < position) low = middle + 1;
      else high = middle;
    }
    return low === positions.length ? 0 : low;
  }
}
