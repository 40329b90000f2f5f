import { assert } from '../assert.js';

const INITIAL_CAPACITY = 1024;

/** The columns of some points, as in `PointBlock`. */
export interface PointColumns {
  readonly nameStart: Uint32Array;
  readonly nameEnd: Uint32Array;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  readonly unusualName: Uint8Array;
}

/**
 * Points as columns: the unit that flows from the decoders to the relay and from the log to a shard.
 *
 * Point `i` has the name `bytes[nameStart[i], nameEnd[i])` (UTF-8), the time `timestamps[i]` (seconds since
 * the epoch, maybe with a fraction) and `values[i]`. A block is filled, consumed and cleared again by one
 * owner; nothing in it outlives the next `clear`, so a consumer copies what it keeps.
 */
export class PointBlock {
  bytes: Uint8Array = new Uint8Array(0);
  count = 0;
  nameStart = new Uint32Array(INITIAL_CAPACITY);
  nameEnd = new Uint32Array(INITIAL_CAPACITY);
  timestamps = new Float64Array(INITIAL_CAPACITY);
  values = new Float64Array(INITIAL_CAPACITY);
  /** 1 where the name may need tag normalisation (it holds `;` or `{`, or starts with `~`), else 0. */
  unusualName = new Uint8Array(INITIAL_CAPACITY);

  #own = new Uint8Array(0);

  /** Forgets all points; the names of the next ones lie in `bytes`. */
  clear(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.count = 0;
  }

  /** A copy of names in room of the block's own, which lasts until the next copy. */
  ownBytes(names: Uint8Array): Uint8Array {
    if (this.#own.length < names.length)
      this.#own = new Uint8Array(2 ** Math.ceil(Math.log2(names.length)));
    this.#own.set(names);
    return this.#own.subarray(0, names.length);
  }

  append(
    nameStart: number,
    nameEnd: number,
    timestamp: number,
    value: number,
    unusual: number,
  ): void {
    assert(nameEnd <= this.bytes.length, 'a name lies within the bytes of its block');
    const i = this.count;
    if (i === this.nameStart.length) this.#grow();
    this.nameStart[i] = nameStart;
    this.nameEnd[i] = nameEnd;
    this.timestamps[i] = timestamp;
    this.values[i] = value;
    this.unusualName[i] = unusual;
    this.count = i + 1;
  }

  /** Makes room for `count` points in all. */
  reserve(count: number): void {
    while (count > this.nameStart.length) this.#grow();
  }

  /** The block has `count` points from now on, whose names, times and values have been put into the columns. */
  named(count: number): void {
    this.count = count;
    this.unusualName.fill(0, 0, count);
  }

  /** Appends points whose names lie in `bytes` already. */
  appendColumns(columns: PointColumns): void {
    const from = this.count;
    this.count += columns.nameStart.length;
    this.reserve(this.count);
    this.nameStart.set(columns.nameStart, from);
    this.nameEnd.set(columns.nameEnd, from);
    this.timestamps.set(columns.timestamps, from);
    this.values.set(columns.values, from);
    this.unusualName.set(columns.unusualName, from);
  }

  /** Copies the point `from` over the point `to`: for leaving points out, in order, before `count` is lowered. */
  copyPoint(from: number, to: number): void {
    this.nameStart[to] = this.nameStart[from];
    this.nameEnd[to] = this.nameEnd[from];
    this.timestamps[to] = this.timestamps[from];
    this.values[to] = this.values[from];
    this.unusualName[to] = this.unusualName[from];
  }

  /** The name of point `i` as text. For tests, logs and slow paths: the hot path reads the bytes. */
  name(i: number): string {
    return Buffer.from(
      this.bytes.buffer,
      this.bytes.byteOffset + this.nameStart[i],
      this.nameEnd[i] - this.nameStart[i],
    ).toString('utf8');
  }

  #grow(): void {
    this.nameStart = grown(this.nameStart, new Uint32Array(this.nameStart.length * 2));
    this.nameEnd = grown(this.nameEnd, new Uint32Array(this.nameEnd.length * 2));
    this.timestamps = grown(this.timestamps, new Float64Array(this.timestamps.length * 2));
    this.values = grown(this.values, new Float64Array(this.values.length * 2));
    this.unusualName = grown(this.unusualName, new Uint8Array(this.unusualName.length * 2));
  }
}

function grown<T extends Uint8Array | Uint32Array | Float64Array>(from: T, into: T): T {
  into.set(from);
  return into;
}
