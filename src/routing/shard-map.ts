import { assert } from '../assert.js';
import { CarbonbusError } from '../errors.js';
import { type ClusterLayout, nodesText } from '../protocols/layout.js';
import { type NodeSpec, place } from './placement.js';
import { type ShardHash, type ShardHashType, shardHash, shardOfName } from './shard-hash.js';

export interface ShardMapSpec {
  /** Version of the placement: a higher one replaces a lower one. */
  readonly epoch: number;
  readonly shardCount: number;
  readonly replicationFactor: number;
  readonly nodes: readonly NodeSpec[];
  /** Finds the shard of a name. */
  readonly routerHashType: ShardHashType;
}

/** Which nodes hold which shard, at one epoch. Immutable: another node list is another map. */
export class ShardMap {
  readonly epoch: number;
  readonly shardCount: number;
  readonly replicationFactor: number;
  readonly nodes: readonly NodeSpec[];
  readonly hash: ShardHash;
  /** As other processes are told of it. */
  readonly layout: ClusterLayout;
  readonly #nodesOf: readonly (readonly NodeSpec[])[];
  readonly #shardsOf: ReadonlyMap<string, readonly number[]>;

  /**
   * @throws CarbonbusError `SHARD_COUNT_INVALID`, `SHARD_COUNT_TOO_HIGH`, `NODES_MISSING`, `NODE_NAME_MISSING`, `NODE_DUPLICATE`,
   *   `REPLICATION_FACTOR_INVALID` or `REPLICATION_FACTOR_TOO_HIGH`, each with the numbers in its text
   */
  constructor(spec: ShardMapSpec) {
    refuseNonsense(spec);
    this.epoch = spec.epoch;
    this.shardCount = spec.shardCount;
    this.hash = shardHash(spec.routerHashType, spec.shardCount);
    this.replicationFactor = spec.replicationFactor;
    this.nodes = Object.freeze(spec.nodes.map(({ name, zone }) => Object.freeze({ name, zone })));
    const { shardCount, routerHashType, epoch, replicationFactor } = spec;
    const nodes = nodesText(this.nodes);
    this.layout = Object.freeze({ shardCount, routerHashType, epoch, replicationFactor, nodes });
    const placement = place(spec.shardCount, this.nodes, spec.replicationFactor);
    this.#nodesOf = placement.map((replicas) => Object.freeze(replicas.map((i) => this.nodes[i])));
    this.#shardsOf = new Map(
      this.nodes.map((node, index) => [node.name, Object.freeze(shardsWith(placement, index))]),
    );
    Object.freeze(this);
  }

  /** The nodes that hold replicas of a shard, its first choice first. */
  nodesOf(shard: number): readonly NodeSpec[] {
    assert(shard in this.#nodesOf, `shard ${shard} is one of ${this.shardCount}`);
    return this.#nodesOf[shard];
  }

  /** The shards a node holds, ascending; none for a name that is not in the map. */
  shardsOf(nodeName: string): readonly number[] {
    return this.#shardsOf.get(nodeName) ?? [];
  }

  shardOfMetric(name: string): number {
    return shardOfName(this.hash, name);
  }
}

function shardsWith(placement: readonly (readonly number[])[], node: number): number[] {
  return placement.flatMap((replicas, shard) => (replicas.includes(node) ? [shard] : []));
}

function refuseNonsense({ shardCount, replicationFactor, nodes }: ShardMapSpec): void {
  if (!Number.isInteger(shardCount) || shardCount < 1)
    throw new CarbonbusError('SHARD_COUNT_INVALID', `${shardCount} shards: at least 1 is needed`);
  if (nodes.length === 0) throw new CarbonbusError('NODES_MISSING', 'the cluster has no nodes');
  if (nodes.some((node) => node.name === ''))
    throw new CarbonbusError('NODE_NAME_MISSING', 'a node has no name');
  const names = new Set<string>();
  for (const { name } of nodes) {
    if (names.has(name))
      throw new CarbonbusError('NODE_DUPLICATE', `two nodes are called ${JSON.stringify(name)}`);
    names.add(name);
  }
  if (!Number.isInteger(replicationFactor) || replicationFactor < 1)
    throw new CarbonbusError(
      'REPLICATION_FACTOR_INVALID',
      `replication factor ${replicationFactor}: at least 1 is needed`,
    );
  if (replicationFactor > nodes.length)
    throw new CarbonbusError(
      'REPLICATION_FACTOR_TOO_HIGH',
      `replication factor ${replicationFactor} with ${nodes.length} nodes: a node holds one replica`,
    );
}
