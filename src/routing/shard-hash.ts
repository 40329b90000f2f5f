import { CarbonbusError } from '../errors.js';
import { PositionKernel } from '../protocols/kernel/hashes/position-kernel.js';
import { bytesOfName } from '../protocols/name-bytes.js';
import type { PointBlock } from '../protocols/points.js';
import type { CarbonHashType } from './hashes/name-hash.js';
import { shardOf } from './jump-hash.js';
import { CarbonRing } from './rings/carbon-ring.js';
import type { RingTable } from './rings/ring-table.js';

/** What may stand in ROUTER_HASH_TYPE. */
export const SHARD_HASH_TYPES = ['jump_fnv1a_ch', 'carbon_ch', 'fnv1a_ch', 'mmh3_ch'] as const;

export type ShardHashType = (typeof SHARD_HASH_TYPES)[number];

/**
 * Shards that a ring of 16-bit positions can have: each takes 100 of 65,536, and what is shifted beyond the last one is
 * never found.
 */
const RING_SHARDS_MAX: Readonly<Record<CarbonHashType, number>> = {
  carbon_ch: 256,
  fnv1a_ch: 256,
  mmh3_ch: 1024,
};

/** Finds the shard of a name, of a number of shards that is fixed. */
export interface ShardHash {
  readonly type: ShardHashType;
  readonly shardCount: number;
  /** The shard, in [0, shardCount), of the name `bytes[start, end)`. For every point: no allocation. */
  shardOf(bytes: Uint8Array, start: number, end: number): number;
  /** The shards of the points `[from, to)`, into `shards` from index 0 on. */
  shardsOf(block: PointBlock, from: number, to: number, shards: Uint16Array): void;
}

/**
 * Jump hash, or a ring as Carbon makes one of destinations on the host `shard` with the instances `0`, `1`, `2`, ...
 *
 * Errors: `SHARD_COUNT_TOO_HIGH` where the ring would leave shards without names.
 */
export function shardHash(type: ShardHashType, shardCount: number): ShardHash {
  if (type === 'jump_fnv1a_ch') return new JumpShardHash(shardCount);
  if (shardCount > RING_SHARDS_MAX[type])
    throw new CarbonbusError(
      'SHARD_COUNT_TOO_HIGH',
      `SHARDS is ${shardCount}, but ROUTER_HASH_TYPE ${type} has room for ${RING_SHARDS_MAX[type]}: lower it, or take jump_fnv1a_ch`,
    );
  return new RingShardHash(type, shardCount);
}

/** The shard of a name that is text: queries, commands, tests. */
export function shardOfName(hash: ShardHash, name: string): number {
  const { bytes, end } = bytesOfName(name);
  return hash.shardOf(bytes, 0, end);
}

class JumpShardHash implements ShardHash {
  readonly type = 'jump_fnv1a_ch';
  readonly shardCount: number;
  /** Of those who ask for columns: it takes megabytes. */
  #kernel: PositionKernel | undefined;

  constructor(shardCount: number) {
    this.shardCount = shardCount;
  }

  shardOf(bytes: Uint8Array, start: number, end: number): number {
    return shardOf(bytes, start, end, this.shardCount);
  }

  shardsOf(block: PointBlock, from: number, to: number, shards: Uint16Array): void {
    this.#kernel ??= new PositionKernel({ bucketCount: this.shardCount }, { keepsNames: false });
    for (let i = from; i < to; i++) {
      i = this.#kernel.positions(block, i, to, shards.subarray(i - from));
      if (i < to)
        shards[i - from] = this.shardOf(block.bytes, block.nameStart[i], block.nameEnd[i]);
    }
  }
}

class RingShardHash implements ShardHash {
  readonly type: ShardHashType;
  readonly shardCount: number;
  readonly #table: RingTable;
  readonly #into = new Uint16Array(1);

  constructor(type: CarbonHashType, shardCount: number) {
    this.type = type;
    this.shardCount = shardCount;
    const shards = Array.from({ length: shardCount }, (_, shard) => ({
      host: 'shard',
      instance: String(shard),
    }));
    const ring = new CarbonRing(type, shards);
    this.#table = ring.table({ replicationFactor: 1, diverse: false });
  }

  shardOf(bytes: Uint8Array, start: number, end: number): number {
    this.#table.destinationsOf(bytes, start, end, this.#into);
    return this.#into[0];
  }

  shardsOf(block: PointBlock, from: number, to: number, shards: Uint16Array): void {
    this.#table.destinationsOfBlock(block, from, to, shards);
  }
}
