import { CarbonbusError } from '../../errors.js';
import { type ShardHash, shardOfName } from '../../routing/shard-hash.js';
import type { ReplicaRunner } from '../shard/replica-runner.js';
import type { Node } from './node.js';

/** Which replica of a node a metric is asked of. */
export class ShardRunners {
  readonly #node: Node;
  readonly #shardHash: ShardHash;

  constructor(node: Node, shardHash: ShardHash) {
    this.#node = node;
    this.#shardHash = shardHash;
  }

  get all(): readonly ReplicaRunner[] {
    return this.#node.runners;
  }

  shardOf(name: string): number {
    return shardOfName(this.#shardHash, name);
  }

  /** @throws CarbonbusError `WRONG_NODE` */
  of(shard: number): ReplicaRunner {
    const runner = this.#node.runner(shard);
    if (runner) return runner;
    throw new CarbonbusError('WRONG_NODE', `this node has no replica of shard ${shard}`);
  }

  /** @throws CarbonbusError `WRONG_NODE` */
  ofName(name: string): ReplicaRunner {
    return this.of(this.shardOf(name));
  }

  /** The places of the names of each shard. */
  placesByShard(names: readonly string[]): Map<number, number[]> {
    const places = new Map<number, number[]>();
    for (let i = 0; i < names.length; i++) {
      const shard = this.shardOf(names[i]);
      const some = places.get(shard);
      if (some) some.push(i);
      else places.set(shard, [i]);
    }
    return places;
  }
}
