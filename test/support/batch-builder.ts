import { assert } from '../../src/assert.js';
import {
  BATCH_POINTS_MAX,
  encodeBatch,
  type OpenBatch,
  POINT_OVERHEAD_BYTES,
} from '../../src/protocols/batch.js';

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
    return this.#namesLength + this.count * 16;
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
    let at = this.#namesLength;
    if (this.count > 0) this.#names[at++] = NEWLINE;
    this.#names.set(bytes.subarray(nameStart, nameEnd), at);
    this.#namesLength = at + nameEnd - nameStart;
    this.#timestamps[this.count] = timestamp;
    this.#values[this.count] = value;
    this.count++;
  }

  seal(room?: Uint8Array): Uint8Array {
    const sealed = encodeBatch(
      this.#names.subarray(0, this.#namesLength),
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
