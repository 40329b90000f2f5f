import { assert } from '../../../assert.js';
import { BATCH_POINTS_MAX } from '../../batch.js';
import {
  type OpenBatch,
  POINT_OVERHEAD_BYTES,
  pointBytesMax,
  type RoomFor,
  writeFolded,
} from '../../folded-batch.js';
import { PointBlock } from '../../points.js';
import { BlockInput } from '../block-input.js';
import { NAMES_MAX } from '../hashes/known-layout.js';
import { KnownPositions } from '../hashes/known-positions.js';
import { type Functions, instantiate } from '../wasm/module.js';
import * as at from './batch-layout.js';
import { batchProgram } from './batch-program.js';
import { FOLDED_BYTES_MAX } from './name-dictionary-layout.js';
import { NameFolding } from './name-folding.js';

const NEWLINE = 0x0a;

/** A name with a newline is no item of any form: lines cannot have one. */
export type NameFault = 'name-too-long' | 'empty-name' | 'malformed-item';

/** What has to be done about points that cannot simply be appended. */
export interface BatchEvents {
  /**
   * Says into which batch each of the points `[from, to)` of a block goes, by their names alone, from index 0 of `shards` on. It is
   * asked about names that are not known.
   */
  choose(block: PointBlock, from: number, to: number, shards: Uint16Array): void;
  /** There is no more room in the batch of this shard: it has to be sealed now. */
  full(shard: number): void;
  /** The name of a point is none that a batch may have: the point is left out. */
  refused(reason: NameFault, block: PointBlock, i: number): void;
}

export interface BatchKernelOptions {
  readonly shardCount: number;
  /** Folded names and columns together; room for whatever point has a name of `nameBytesMax` bytes. */
  readonly batchBytes: number;
  readonly nameBytesMax: number;
  /** So many names are known about, a power of two from 2^10 on. */
  readonly namesMax?: number;
}

/**
 * Gathers points in one batch for each shard, in WebAssembly (`batch-program.ts`). Names are known by lists of their nodes, with their
 * shards (`name-nodes-program.ts`); when a batch is sealed they are folded. Those for which there is no room are copied.
 */
export class BatchKernel {
  readonly batches: readonly OpenBatch[];
  readonly #nameBytesMax: number;
  readonly #events: BatchEvents;
  readonly #append: (from: number, to: number) => number;
  readonly #scatter: (from: number, to: number, namesAt: number) => number;
  readonly #input: BlockInput;
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  readonly #shards: Uint16Array;
  readonly #lists: Uint32Array;
  readonly #known: KnownPositions;
  readonly #folding: NameFolding;
  /** Names that are not known: their indexes, themselves, and what was chosen for them. */
  readonly #missed: Uint16Array;
  readonly #missing = new PointBlock();
  readonly #chosen: Uint16Array;
  /** There is no more room for names. */
  #isFull = false;

  constructor(options: BatchKernelOptions, events: BatchEvents) {
    const { shardCount, batchBytes, nameBytesMax, namesMax = NAMES_MAX } = options;
    assert(batchBytes >= pointBytesMax(nameBytesMax), 'a batch has room for each point');
    assert(batchBytes <= FOLDED_BYTES_MAX, 'nodes lie within reach of their table');
    const pointsMax = Math.min(BATCH_POINTS_MAX, Math.ceil(batchBytes / POINT_OVERHEAD_BYTES));
    const limits = { shardCount, bytesMax: batchBytes, pointsMax, nameBytesMax, namesMax };
    const layout = at.batchLayout(limits);
    this.#nameBytesMax = nameBytesMax;
    this.#events = events;
    const { buffer, functions } = instantiate(batchProgram(layout));
    this.#append = functions.append;
    this.#scatter = functions.scatter;
    this.#input = new BlockInput(buffer, at.NAMES);
    this.#times = new Float64Array(buffer, at.TIMES_AT, at.POINTS_MAX);
    this.#values = new Float64Array(buffer, at.VALUES_AT, at.POINTS_MAX);
    this.#shards = new Uint16Array(buffer, at.SHARDS_AT, at.POINTS_MAX);
    this.#lists = new Uint32Array(buffer, at.LISTS_AT, at.POINTS_MAX);
    this.#chosen = new Uint16Array(buffer, at.CHOSEN_AT, at.POINTS_MAX);
    this.#missed = new Uint16Array(buffer, layout.known.missesAt, at.POINTS_MAX);
    this.#known = new KnownPositions(buffer, layout.known, {
      known: functions.known,
      keep: functions.keep,
    });
    const folding = new NameFolding(buffer, functions, layout);
    this.#folding = folding;
    this.batches = Array.from(
      { length: shardCount },
      (_, shard) => new KernelBatch(buffer, functions, folding, layout, shard),
    );
  }

  /** Appends the points of a block to the batches of their shards; names and columns are copied. */
  append(block: PointBlock): void {
    for (let from = 0; from < block.count; ) {
      if (this.#isFull) this.#forget();
      const to = this.#load(block, from);
      this.#choose(block, from, to);
      this.#appendLoaded(block, from, to);
      from = to;
    }
  }

  /** Copies the points from `from` on. Returns where those end that were copied. */
  #load(block: PointBlock, from: number): number {
    const to = this.#input.load(block, from, block.count);
    this.#times.set(block.timestamps.subarray(from, to));
    this.#values.set(block.values.subarray(from, to));
    return to;
  }

  /** Finds the shards and the lists of nodes of what has been loaded. */
  #choose(block: PointBlock, from: number, to: number): void {
    const count = to - from;
    const { delta } = this.#input;
    if (this.#known.isPausing(count)) {
      this.#events.choose(block, from, to, this.#shards);
      this.#lists.fill(0, 0, count);
      return;
    }
    const misses = this.#known.find(count, delta);
    if (misses === 0) return;
    this.#missing.clear(block.bytes);
    for (let miss = 0; miss < misses; miss++) {
      const i = from + this.#missed[miss];
      this.#missing.append(block.nameStart[i], block.nameEnd[i], 0, 0, 0);
    }
    this.#events.choose(this.#missing, 0, misses, this.#chosen);
    const isFull = this.#known.keep(misses, delta);
    this.#isFull = isFull || this.#folding.isFull;
    this.#input.loadColumns(block, from, to);
  }

  /** Forgets all names, once no batch has any of them. */
  #forget(): void {
    this.batches.forEach((batch, shard) => {
      if (batch.count > 0) this.#events.full(shard);
    });
    this.#known.forget();
    this.#folding.forget();
    this.#isFull = false;
  }

  #appendLoaded(block: PointBlock, from: number, to: number): void {
    const count = to - from;
    const { delta } = this.#input;
    for (let i = 0; i < count; ) {
      i = this.#append(i, count);
      if (i === count) return;
      const isKnown = this.#lists[i] !== 0;
      if (!isKnown) {
        const copied = this.#scatter(i, count, delta);
        if (copied > i) {
          i = copied;
          continue;
        }
      }
      const fault = isKnown ? undefined : this.#faultOf(block, from + i);
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
  readonly #folding: NameFolding;
  readonly #narrowTimes: (times: number, count: number) => number;
  readonly #narrowValues: (values: number, count: number) => number;
  readonly #buffer: ArrayBuffer;
  readonly #layout: at.BatchLayout;
  /** Where it begins. */
  readonly #at: number;
  readonly #head: Uint32Array;
  readonly #from: Float64Array;

  constructor(
    buffer: ArrayBuffer,
    functions: Functions,
    folding: NameFolding,
    layout: at.BatchLayout,
    shard: number,
  ) {
    this.#folding = folding;
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
    const { narrowTimesAt, narrowValuesAt, foldedAt, valuesAt, sharedAt } = this.#layout;
    const [timesFrom, valuesFrom] = [this.#at, this.#at + valuesAt];
    const nameBytes = this.#folding.fold(this.#at, count);
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
