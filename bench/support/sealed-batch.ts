import { assert } from '../../src/assert.js';
import { BatchKernel } from '../../src/protocols/kernel/batches/batch-kernel.js';
import { PointBlock } from '../../src/protocols/points.js';

const NEWLINE = 0x0a;
/** That the kernel remembers: its memory would be measured too. */
const NAMES_MAX = 2 ** 14;
const block = new PointBlock();
const room = new Uint8Array(2 ** 20);
let kernel: BatchKernel | undefined;
let wasFull = false;

/**
 * A batch as a relay seals it, of names joined by newlines. It is good until the next one: in room that is used again, so that of
 * memory only that of readers is seen.
 */
export function sealedBatch(
  names: Uint8Array,
  timestamps: Float64Array,
  values: Float64Array,
): Uint8Array {
  block.clear(names);
  for (let i = 0, start = 0; i < values.length; i++) {
    const newline = names.indexOf(NEWLINE, start);
    const end = newline < 0 ? names.length : newline;
    block.append(start, end, timestamps[i], values[i], 0);
    start = end + 1;
  }
  kernel ??= new BatchKernel(
    { shardCount: 1, batchBytes: room.length, nameBytesMax: 1_000, namesMax: NAMES_MAX },
    {
      choose: (_block, from, to, shards) => shards.fill(0, 0, to - from),
      full: () => {
        wasFull = true;
        seal();
      },
      refused: refuse,
    },
  );
  // Where the kernel forgets its names in the middle of a batch, it is begun anew: then there is room for all of them.
  if (!isWhole(kernel) && !isWhole(kernel)) refuse('a batch of more than 1 MiB');
  return seal();
}

function isWhole(kernel: BatchKernel): boolean {
  wasFull = false;
  kernel.append(block);
  if (wasFull) seal();
  return !wasFull;
}

function seal(): Uint8Array {
  assert(kernel !== undefined, 'batches are sealed by a kernel');
  return kernel.batches[0].seal(() => room);
}

function refuse(why: string): never {
  throw new Error(why);
}
