import { assert } from '../../assert.js';
import { CARBON_HASHES, type CarbonHashType, hashText } from '../hashes/name-hash.js';
import {
  chooseReplicas,
  nodeText,
  type ReplicaChoice,
  type RingNode,
  refuseDuplicates,
} from './replicas.js';
import { RingTable } from './ring-table.js';

/** Entries of each node. */
const ENTRIES_PER_NODE = 100;

interface RingEntry {
  readonly position: number;
  /** The number under which the node was added. */
  readonly node: number;
}

/**
 * Carbon's consistent-hashing ring (1.1.7, `ConsistentHashRing` of its `hashing.py`), relay method
 * `consistent-hashing`. A position that is taken moves the newcomer up by one until it is free, so the ring depends on
 * the order in which nodes are added, and a node that leaves and comes back may not find its old places.
 */
export class CarbonRing {
  readonly #hashType: CarbonHashType;
  /** By position. */
  #entries: RingEntry[] = [];
  #taken = new Set<number>();
  readonly #nodes = new Map<number, RingNode>();

  constructor(hashType: CarbonHashType = 'carbon_ch', nodes: readonly RingNode[] = []) {
    this.#hashType = hashType;
    refuseDuplicates(nodes);
    nodes.forEach((node, index) => {
      this.#enter(index, node);
    });
    this.#sort();
  }

  get entries(): readonly RingEntry[] {
    return this.#entries;
  }

  /**
   * Adds a destination, which the tables made from now on will call `index`.
   *
   * Errors: `DESTINATION_DUPLICATE` where one with its host and instance is there.
   */
  add(index: number, node: RingNode): void {
    assert(!this.#nodes.has(index), 'a number stands for one node');
    refuseDuplicates([...this.#nodes.values(), node]);
    this.#enter(index, node);
    this.#sort();
  }

  remove(index: number): void {
    assert(this.#nodes.delete(index), 'a node that leaves was there');
    this.#entries = this.#entries.filter(({ node }) => node !== index);
    this.#taken = new Set(this.#entries.map(({ position }) => position));
  }

  /** The ring as it is now, for routing. */
  table(choice: ReplicaChoice): RingTable {
    const hostOf = (index: number): string => this.#nodes.get(index)?.host ?? '';
    const hosts = new Set([...this.#nodes.values()].map(({ host }) => host));
    // Once every host has its replica, the rest of the turn can add none.
    const replicationFactor = Math.min(
      choice.replicationFactor,
      choice.diverse ? hosts.size : Number.POSITIVE_INFINITY,
    );
    const rows = this.#entries.map(({ position }, at) => ({
      position,
      destinations: chooseReplicas(this.#walk(at), hostOf, { ...choice, replicationFactor }),
    }));
    const range = this.#hashType === 'mmh3_ch' ? 'int32' : 'uint16';
    return new RingTable(CARBON_HASHES[this.#hashType], rows, range);
  }

  #enter(index: number, node: RingNode): void {
    this.#nodes.set(index, node);
    for (let replica = 0; replica < ENTRIES_PER_NODE; replica++) {
      let position = hashText(CARBON_HASHES[this.#hashType], this.#key(node, replica));
      while (this.#taken.has(position)) position++;
      this.#taken.add(position);
      this.#entries.push({ position, node: index });
    }
  }

  #sort(): void {
    this.#entries.sort((a, b) => a.position - b.position);
  }

  /** fnv1a_ch leaves the host out, so that nodes without instance fall on the same places. */
  #key(node: RingNode, replica: number): string {
    return this.#hashType === 'fnv1a_ch'
      ? `${replica}-${node.instance ?? 'None'}`
      : `${nodeText(node)}:${replica}`;
  }

  /** The nodes from an entry on, each once, but a lone one twice; the last entry of the turn is never looked at. */
  *#walk(from: number): Generator<number> {
    if (this.#nodes.size === 1) yield* this.#nodes.keys();
    const seen = new Set<number>();
    const { length } = this.#entries;
    for (let step = 0; step < length - 1 && seen.size < this.#nodes.size; step++) {
      const { node } = this.#entries[(from + step) % length];
      if (seen.has(node)) continue;
      seen.add(node);
      yield node;
    }
  }
}
