import { assert } from '../../assert.js';
import {
  type PositionHash,
  PositionKernel,
} from '../../protocols/kernel/hashes/position-kernel.js';
import type { PointBlock } from '../../protocols/points.js';
import { CARBON_HASHES, CRELAY_HASHES, type NameHash } from './name-hash.js';

/** Hashes of 16 bits that a kernel works out for many names at once. */
const KERNEL_HASHES: ReadonlyMap<NameHash, PositionHash> = new Map([
  [CARBON_HASHES.carbon_ch, 'md5'],
  [CARBON_HASHES.fnv1a_ch, 'fnv1a'],
  [CRELAY_HASHES.fnv1a_ch, 'fnv1a-signed'],
]);
const kernels = new Map<PositionHash, PositionKernel>();

/** Whether `positionColumn` takes a hash: its positions have 16 bits. */
export function hasPositionColumn(hash: NameHash): boolean {
  return KERNEL_HASHES.has(hash);
}

/** Writes where the names of the points `[from, to)` fall on a ring into `into`, from index 0 on. */
export function positionColumn(
  hash: NameHash,
  block: PointBlock,
  from: number,
  to: number,
  into: Uint16Array,
): void {
  const kernel = kernelOf(hash);
  for (let i = from; i < to; i++) {
    i = kernel.positions(block, i, to, into.subarray(i - from));
    if (i < to) into[i - from] = hash(block.bytes, block.nameStart[i], block.nameEnd[i]);
  }
}

function kernelOf(hash: NameHash): PositionKernel {
  const type = KERNEL_HASHES.get(hash);
  assert(type !== undefined, 'the hash has a kernel');
  let kernel = kernels.get(type);
  if (kernel === undefined) {
    kernel = new PositionKernel(type);
    kernels.set(type, kernel);
  }
  return kernel;
}
