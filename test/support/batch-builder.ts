import { assert } from '../../src/assert.js';
import { BATCH_POINTS_MAX } from '../../src/protocols/batch.js';
import { type OpenBatch, POINT_OVERHEAD_BYTES } from '../../src/protocols/folded-batch.js';
import { encodeBatch } from './encode-batch.js';

const NEWLINE = 10;

/** One batch, filled point by point: the twin of what `BatchKernel` fills. Bounded by `bytesMax`. */
export class BatchBuilder implements OpenBatch {
  readonly bytesMax: number;
  #names: Uint8Array;
  #namesLength = 0;
  #timestamps: Float64Array;
  #values: Float64Array;
  count = 0;

  /** @param bytesMax names and columns together; a batch is sealed before it gets larger */
  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
    this.#names = new Uint8Array(bytesMax);
    const pointsMax = Math.min(BATCH_POINTS_MAX, Math.ceil(bytesMax / POINT_OVERHEAD_BYTES));
    this.#timestamps = new Float64Array(pointsMax);
    this.#values = new Float64Array(pointsMax);
  }

  get bytes(): number {
    return this.#namesLength + this.count * (POINT_OVERHEAD_BYTES - 1);
  }

  /** Whether one more point with a name of `nameLength` bytes fits. */
  fits(nameLength: number): boolean {
    return (
      this.count < this.#timestamps.length &&
      this.bytes + nameLength + POINT_OVERHEAD_BYTES <= this.bytesMax
    );
  }

  append(
    bytes: Uint8Array,
    nameStart: number,
    nameEnd: number,
    timestamp: number,
    value: number,
  ): void {
    assert(this.fits(nameEnd - nameStart), 'the caller seals a full batch first');
    this.#names.set(bytes.subarray(nameStart, nameEnd), this.#namesLength);
    this.#namesLength += nameEnd - nameStart;
    this.#names[this.#namesLength++] = NEWLINE;
    this.#timestamps[this.count] = timestamp;
    this.#values[this.count] = value;
    this.count++;
  }

  seal(room?: Uint8Array): Uint8Array {
    const sealed = encodeBatch(
      this.#names.subarray(0, Math.max(0, this.#namesLength - 1)),
      this.#timestamps,
      this.#values,
      this.count,
      room,
    );
    this.count = 0;
    this.#namesLength = 0;
    return sealed;
  }
}
