import { type ShardHash, shardHash, shardOfName as shardOf } from '../../src/routing/shard-hash.js';

/** The hash of a cluster whose ROUTER_HASH_TYPE is the default. */
export function plainShardHash(shardCount: number): ShardHash {
  return shardHash('jump_fnv1a_ch', shardCount);
}

/** The shard of a name in such a cluster. */
export function shardOfName(name: string, shardCount: number): number {
  return shardOf(plainShardHash(shardCount), name);
}
