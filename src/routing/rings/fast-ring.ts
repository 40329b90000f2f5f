import {
  CARBON_HASHES,
  type CarbonHashType,
  hashText,
  type NameHash,
} from '../hashes/name-hash.js';
import type { NameRouter } from './name-router.js';
import {
  chooseReplicas,
  nodeText,
  type ReplicaChoice,
  type RingNode,
  refuseDuplicates,
} from './replicas.js';

/**
 * Carbon's `fast-hashing` (1.1.7, `FastHashRing` of its `router.py`): nodes sorted by their hashes, a name's first one
 * is its hash modulo their number, the others follow.
 */
export class FastRing implements NameRouter {
  readonly destinationsMax: number;
  /** The nodes' indexes by the hash of their names; equal ones stay in order. */
  readonly order: readonly number[];
  readonly #hash: NameHash;
  /** By first node, the destinations. */
  readonly #rows: readonly Uint16Array[];

  /** Errors: `DESTINATION_DUPLICATE`. */
  constructor(
    nodes: readonly RingNode[],
    choice: ReplicaChoice,
    hashType: CarbonHashType = 'mmh3_ch',
  ) {
    refuseDuplicates(nodes);
    const hash = CARBON_HASHES[hashType];
    const hashes = nodes.map((node) => hashText(hash, nodeText(node)));
    const order = nodes.map((_, index) => index).sort((a, b) => hashes[a] - hashes[b]);
    const hostOf = (index: number): string => nodes[index].host;
    this.#hash = hash;
    this.order = order;
    this.#rows = order.map((_, first) =>
      Uint16Array.from(
        chooseReplicas([...order.slice(first), ...order.slice(0, first)], hostOf, choice),
      ),
    );
    this.destinationsMax = this.#rows.reduce((max, row) => Math.max(max, row.length), 0);
  }

  destinationsOf(bytes: Uint8Array, start: number, end: number, into: Uint16Array): number {
    const { length } = this.#rows;
    if (length === 0) return 0;
    // Python's modulo: never negative.
    const first = ((this.#hash(bytes, start, end) % length) + length) % length;
    const row = this.#rows[first];
    for (let i = 0; i < row.length; i++) into[i] = row[i];
    return row.length;
  }
}
