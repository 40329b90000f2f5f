import { assert } from '../../assert.js';
import { BATCH_POINTS_MAX, encodeBatch, type OpenBatch, POINT_OVERHEAD_BYTES } from '../batch.js';
import type { PointBlock } from '../points.js';
import * as at from './batch-layout.js';
import { batchProgram } from './batch-program.js';
import { instantiate } from './module.js';

/** What has to be done about points that cannot simply be appended. */
export interface BatchEvents {
  /** Says into which batch each of the points `[from, to)` of a block goes, from index 0 of `shards` on. */
  choose(block: PointBlock, from: number, to: number, shards: Uint16Array): void;
  /** There is no more room in the batch of this shard: it has to be sealed now. */
  full(shard: number): void;
  /** The name of a point is longer than is allowed: the point is left out. */
  nameTooLong(block: PointBlock, i: number): void;
}

/**
 * Gathers points in one batch for each shard, in WebAssembly (`batch-program.ts`): a point costs a few loads and stores, and
 * the copy of its name.
 */
export class BatchKernel {
  readonly batches: readonly OpenBatch[];
  readonly #nameBytesMax: number;
  readonly #events: BatchEvents;
  readonly #scatter: (from: number, to: number, namesAt: number) => number;
  readonly #input: Uint8Array;
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #shards: Uint16Array;

  /** @param batchBytes names and columns together; room for a point with a name of `nameBytesMax` bytes */
  constructor(
    options: { shardCount: number; batchBytes: number; nameBytesMax: number },
    events: BatchEvents,
  ) {
    const { shardCount, batchBytes, nameBytesMax } = options;
    assert(batchBytes >= nameBytesMax + POINT_OVERHEAD_BYTES, 'a batch has room for each point');
    const pointsMax = Math.min(BATCH_POINTS_MAX, Math.ceil(batchBytes / POINT_OVERHEAD_BYTES));
    const layout = at.batchLayout(shardCount, batchBytes, pointsMax);
    this.#nameBytesMax = nameBytesMax;
    this.#events = events;
    const { buffer, functions } = instantiate(batchProgram(layout, nameBytesMax));
    this.#scatter = functions.scatter;
    this.#input = new Uint8Array(buffer, at.INPUT_AT, at.INPUT_BYTES);
    this.#times = new Float64Array(buffer, at.TIMES_AT, at.POINTS_MAX);
    this.#values = new Float64Array(buffer, at.VALUES_AT, at.POINTS_MAX);
    this.#starts = new Uint32Array(buffer, at.STARTS_AT, at.POINTS_MAX);
    this.#ends = new Uint32Array(buffer, at.ENDS_AT, at.POINTS_MAX);
    this.#shards = new Uint16Array(buffer, at.SHARDS_AT, at.POINTS_MAX);
    this.batches = Array.from(
      { length: shardCount },
      (_, shard) => new KernelBatch(buffer, layout, shard),
    );
  }

  /** Appends the points of a block to the batches of their shards; names and columns are copied. */
  append(block: PointBlock): void {
    for (let from = 0; from < block.count; ) {
      const to = this.#pieceEnd(block, from);
      const namesFrom = this.#load(block, from, to);
      this.#events.choose(block, from, to, this.#shards);
      this.#scatterLoaded(block, from, to, namesFrom);
      from = to;
    }
  }

  /** Behind the last of the points, from `from` on, whose names go into the input together. */
  #pieceEnd({ bytes, nameStart, nameEnd, count }: PointBlock, from: number): number {
    const end = Math.min(count, from + at.POINTS_MAX);
    if (bytes.length <= at.INPUT_BYTES) return end;
    let first = nameStart[from];
    let last = first;
    for (let i = from; i < end; i++) {
      first = Math.min(first, nameStart[i]);
      last = Math.max(last, nameEnd[i]);
      if (last - first > at.INPUT_BYTES) return Math.max(i, from + 1);
    }
    return end;
  }

  /** Copies the points `[from, to)` into the input. Returns where in the bytes of the block it begins. */
  #load(block: PointBlock, from: number, to: number): number {
    const { bytes, nameStart, nameEnd } = block;
    let first = 0;
    let last = bytes.length;
    if (last > at.INPUT_BYTES) {
      first = nameStart[from];
      last = first;
      for (let i = from; i < to; i++) {
        first = Math.min(first, nameStart[i]);
        last = Math.max(last, nameEnd[i]);
      }
    }
    // A name that is longer than the input is one that is left out.
    if (last - first <= at.INPUT_BYTES) this.#input.set(bytes.subarray(first, last));
    this.#times.set(block.timestamps.subarray(from, to));
    this.#values.set(block.values.subarray(from, to));
    this.#starts.set(nameStart.subarray(from, to));
    this.#ends.set(nameEnd.subarray(from, to));
    return first;
  }

  #scatterLoaded(block: PointBlock, from: number, to: number, namesFrom: number): void {
    const count = to - from;
    for (let i = 0; i < count; ) {
      i = this.#scatter(i, count, at.INPUT_AT - namesFrom);
      if (i === count) return;
      if (this.#ends[i] - this.#starts[i] > this.#nameBytesMax)
        this.#events.nameTooLong(block, from + i++);
      else this.#events.full(this.#shards[i]);
    }
  }
}

class KernelBatch implements OpenBatch {
  readonly #head: Uint32Array;
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  readonly #names: Uint8Array;

  constructor(buffer: ArrayBuffer, layout: at.BatchLayout, shard: number) {
    const { pointsMax, bytesMax } = layout;
    const batchAt = layout.batchesAt + shard * layout.batchBytes;
    this.#head = new Uint32Array(buffer, at.HEADS_AT + shard * at.HEAD_BYTES, 2);
    this.#times = new Float64Array(buffer, batchAt, pointsMax);
    this.#values = new Float64Array(buffer, batchAt + pointsMax * 8, pointsMax);
    this.#names = new Uint8Array(buffer, batchAt + pointsMax * 16, bytesMax + 1);
  }

  get count(): number {
    return this.#head[1];
  }

  seal(room?: Uint8Array): Uint8Array {
    const { count } = this;
    const namesLength = Math.max(0, this.#head[0] - 1);
    const names = this.#names.subarray(0, namesLength);
    this.#head.fill(0);
    return encodeBatch(names, this.#times, this.#values, count, room);
  }
}
