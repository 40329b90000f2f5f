import { assert } from '../../assert.js';
import type { PointBlock } from '../../protocols/points.js';
import type { NameHash } from '../hashes/name-hash.js';
import { hasPositionColumn, positionColumn } from '../hashes/position-column.js';
import { type NameRouter, pointByPoint, putOnce } from './name-router.js';

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
  /** `destinationsMax` for each position of 16 bits, each destination once; empty where positions have more. */
  readonly #byPosition: Uint16Array;
  #found = new Uint16Array(0);

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
    this.#byPosition = new Uint16Array(
      hasPositionColumn(hash) ? BUCKETS * this.destinationsMax : 0,
    );
    if (this.#byPosition.length > 0) this.#spread();
  }

  destinationsOf(bytes: Uint8Array, start: number, end: number, into: Uint16Array): number {
    if (this.destinationsMax === 0) return 0;
    const row = this.#rowAt(this.#hash(bytes, start, end));
    const count = this.#counts[row];
    const from = row * this.destinationsMax;
    for (let i = 0; i < count; i++) into[i] = this.#destinations[from + i];
    return count;
  }

  destinationsOfBlock(block: PointBlock, from: number, to: number, into: Uint16Array): void {
    const table = this.#byPosition;
    if (table.length === 0) {
      pointByPoint(this, block, from, to, into);
      return;
    }
    const count = to - from;
    if (this.#found.length < count) this.#found = new Uint16Array(2 * count);
    const found = this.#found;
    positionColumn(this.#hash, block, from, to, found);
    const copies = this.destinationsMax;
    if (copies === 1) {
      for (let i = 0; i < count; i++) into[i] = table[found[i]];
      return;
    }
    for (let i = 0, n = 0; i < count; i++) {
      const row = found[i] * copies;
      for (let copy = 0; copy < copies; copy++) into[n++] = table[row + copy];
    }
  }

  #spread(): void {
    const copies = this.destinationsMax;
    for (let position = 0; position < BUCKETS; position++) {
      const row = this.#rowAt(position);
      const from = row * copies;
      const destinations = this.#destinations.subarray(from, from + this.#counts[row]);
      putOnce(destinations, destinations.length, this.#byPosition, position * copies, copies);
    }
  }

  /** The first row at or behind a position; behind the last one it is the first. */
  #rowAt(position: number): number {
    const positions = this.#positions;
    let row = this.#firstRows[(position >> this.#shift) + this.#offset];
    while (row < positions.length && positions[row] < position) row++;
    return row === positions.length ? 0 : row;
  }
}
