import { BATCH_POINTS_MAX } from '../../src/protocols/batch.js';
import {
  type OpenBatch,
  POINT_OVERHEAD_BYTES,
  type RoomFor,
} from '../../src/protocols/folded-batch.js';
import { encodeBatch } from './encode-batch.js';
import { PlainDictionary } from './plain-dictionary.js';

const NEWLINE = Buffer.from('\n');

/** One batch, filled point by point: the twin of what `BatchKernel` fills. Bounded by `bytesMax`. */
export class BatchBuilder implements OpenBatch {
  readonly bytesMax: number;
  readonly #pointsMax: number;
  #names: Uint8Array[] = [];
  #timestamps: number[] = [];
  #values: number[] = [];
  #dictionary = new PlainDictionary();

  /** @param bytesMax folded names and columns together; a batch is sealed before it gets larger */
  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
    this.#pointsMax = Math.min(BATCH_POINTS_MAX, Math.ceil(bytesMax / POINT_OVERHEAD_BYTES));
  }

  get count(): number {
    return this.#names.length;
  }

  /** Appends a point if it fits. Returns whether it did; where not, the batch has to be sealed. */
  append(
    bytes: Uint8Array,
    nameStart: number,
    nameEnd: number,
    timestamp: number,
    value: number,
  ): boolean {
    if (this.count === this.#pointsMax) return false;
    const name = bytes.slice(nameStart, nameEnd);
    this.#dictionary.append(name);
    if (this.#dictionary.bytesMax + (this.count + 1) * POINT_OVERHEAD_BYTES > this.bytesMax)
      return false;
    this.#names.push(name);
    this.#timestamps.push(timestamp);
    this.#values.push(value);
    return true;
  }

  seal(roomFor?: RoomFor): Uint8Array {
    const joined = Buffer.concat(this.#names.flatMap((name) => [name, NEWLINE])).subarray(0, -1);
    const [times, values] = [Float64Array.from(this.#timestamps), Float64Array.from(this.#values)];
    const sealed = encodeBatch(joined, times, values, this.count, roomFor);
    this.#names = [];
    this.#timestamps = [];
    this.#values = [];
    this.#dictionary = new PlainDictionary();
    return sealed;
  }
}
