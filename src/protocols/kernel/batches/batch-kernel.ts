import { assert } from '../../../assert.js';
import { BATCH_POINTS_MAX } from '../../batch.js';
import {
  type OpenBatch,
  POINT_OVERHEAD_BYTES,
  pointBytesMax,
  type RoomFor,
  writeFolded,
} from '../../folded-batch.js';
import type { PointBlock } from '../../points.js';
import { BlockInput } from '../block-input.js';
import { type Functions, instantiate } from '../wasm/module.js';
import * as at from './batch-layout.js';
import { batchProgram } from './batch-program.js';
import { FOLDED_BYTES_MAX, prepareDictionary } from './name-dictionary-layout.js';

const NEWLINE = 0x0a;

/** A name with a newline is no item of any form: lines cannot have one. */
export type NameFault = 'name-too-long' | 'empty-name' | 'malformed-item';

/** What has to be done about points that cannot simply be appended. */
export interface BatchEvents {
  /** Says into which batch each of the points `[from, to)` of a block goes, from index 0 of `shards` on. */
  choose(block: PointBlock, from: number, to: number, shards: Uint16Array): void;
  /** There is no more room in the batch of this shard: it has to be sealed now. */
  full(shard: number): void;
  /** The name of a point is none that a batch may have: the point is left out. */
  refused(reason: NameFault, block: PointBlock, i: number): void;
}

/**
 * Gathers points in one batch for each shard, in WebAssembly (`batch-program.ts`). Of each name they have what
 * it does not share with the one before it; when a batch is sealed these rests are folded (`name-dictionary-program.ts`).
 */
export class BatchKernel {
  readonly batches: readonly OpenBatch[];
  readonly #nameBytesMax: number;
  readonly #events: BatchEvents;
  readonly #scatter: (from: number, to: number, namesAt: number) => number;
  readonly #input: BlockInput;
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  readonly #shards: Uint16Array;

  /** @param batchBytes folded names and columns together; room for whatever point has a name of `nameBytesMax` bytes */
  constructor(
    options: { shardCount: number; batchBytes: number; nameBytesMax: number },
    events: BatchEvents,
  ) {
    const { shardCount, batchBytes, nameBytesMax } = options;
    assert(batchBytes >= pointBytesMax(nameBytesMax), 'a batch has room for each point');
    assert(batchBytes <= FOLDED_BYTES_MAX, 'nodes lie within reach of their table');
    const pointsMax = Math.min(BATCH_POINTS_MAX, Math.ceil(batchBytes / POINT_OVERHEAD_BYTES));
    const layout = at.batchLayout(shardCount, batchBytes, pointsMax, nameBytesMax);
    this.#nameBytesMax = nameBytesMax;
    this.#events = events;
    const { buffer, functions } = instantiate(batchProgram(layout));
    this.#scatter = functions.scatter;
    this.#input = new BlockInput(buffer, at.NAMES);
    this.#times = new Float64Array(buffer, at.TIMES_AT, at.POINTS_MAX);
    this.#values = new Float64Array(buffer, at.VALUES_AT, at.POINTS_MAX);
    this.#shards = new Uint16Array(buffer, at.SHARDS_AT, at.POINTS_MAX);
    prepareDictionary(buffer, layout.dictionaryAt);
    this.batches = Array.from(
      { length: shardCount },
      (_, shard) => new KernelBatch(buffer, functions, layout, shard),
    );
  }

  /** Appends the points of a block to the batches of their shards; names and columns are copied. */
  append(block: PointBlock): void {
    for (let from = 0; from < block.count; ) {
      const to = this.#input.pieceEnd(block, from);
      const delta = this.#load(block, from, to);
      this.#events.choose(block, from, to, this.#shards);
      this.#scatterLoaded(block, from, to, delta);
      from = to;
    }
  }

  /** Copies the points `[from, to)`. Returns what is to be added to where a name lies for its address. */
  #load(block: PointBlock, from: number, to: number): number {
    this.#times.set(block.timestamps.subarray(from, to));
    this.#values.set(block.values.subarray(from, to));
    return this.#input.load(block, from, to);
  }

  #scatterLoaded(block: PointBlock, from: number, to: number, delta: number): void {
    const count = to - from;
    for (let i = 0; i < count; ) {
      i = this.#scatter(i, count, delta);
      if (i === count) return;
      const fault = this.#faultOf(block, from + i);
      if (fault === undefined) this.#events.full(this.#shards[i]);
      else this.#events.refused(fault, block, from + i++);
    }
  }

  #faultOf({ bytes, nameStart, nameEnd }: PointBlock, i: number): NameFault | undefined {
    const name = bytes.subarray(nameStart[i], nameEnd[i]);
    if (name.length > this.#nameBytesMax) return 'name-too-long';
    if (name.length === 0) return 'empty-name';
    return name.includes(NEWLINE) ? 'malformed-item' : undefined;
  }
}

class KernelBatch implements OpenBatch {
  readonly #foldNames: (rests: number, end: number) => number;
  readonly #narrowTimes: (times: number, count: number) => number;
  readonly #narrowValues: (values: number, count: number) => number;
  readonly #buffer: ArrayBuffer;
  readonly #layout: at.BatchLayout;
  /** Where it begins. */
  readonly #at: number;
  readonly #head: Uint32Array;
  readonly #from: Float64Array;

  constructor(buffer: ArrayBuffer, functions: Functions, layout: at.BatchLayout, shard: number) {
    this.#foldNames = functions.foldNames;
    this.#narrowTimes = functions.narrowTimes;
    this.#narrowValues = functions.narrowValues;
    this.#buffer = buffer;
    this.#layout = layout;
    this.#at = layout.batchesAt + shard * layout.batchBytes;
    const headAt = at.HEADS_AT + shard * at.HEAD_BYTES;
    this.#head = new Uint32Array(buffer, headAt, at.HEAD_BYTES / 4);
    this.#from = new Float64Array(buffer, layout.fromAt, 1);
  }

  get count(): number {
    return this.#head[at.COUNT / 4];
  }

  seal(roomFor?: RoomFor): Uint8Array {
    const { count } = this;
    assert(count > 0, 'a batch that is sealed has points');
    const { narrowTimesAt, narrowValuesAt, foldedAt, valuesAt, restsAt, sharedAt } = this.#layout;
    const [timesFrom, valuesFrom, restsFrom] = [0, valuesAt, restsAt].map((at) => this.#at + at);
    const nameBytes = this.#foldNames(restsFrom, restsFrom + this.#head[at.REST_BYTES / 4]);
    const timeBytes = this.#narrowTimes(timesFrom, count);
    const valueBytes = this.#narrowValues(valuesFrom, count);
    const areOffsets = timeBytes < 8;
    const columns = {
      shared: this.#bytes(this.#at + sharedAt, count),
      names: this.#bytes(foldedAt, nameBytes),
      from: areOffsets ? this.#from[0] : undefined,
      times: this.#bytes(areOffsets ? narrowTimesAt : timesFrom, timeBytes * count),
      values: this.#bytes(valueBytes < 8 ? narrowValuesAt : valuesFrom, valueBytes * count),
    };
    this.#head.fill(0);
    return writeFolded(columns, roomFor);
  }

  #bytes(from: number, length: number): Uint8Array {
    return new Uint8Array(this.#buffer, from, length);
  }
}
