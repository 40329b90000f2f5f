import { assert } from '../assert.js';
import { fnv1a64 } from './hashes/fnv1a.js';

/** A node that may hold replicas. Its name is its identity; a zone is what may fail as one. */
export interface NodeSpec {
  readonly name: string;
  readonly zone: string;
}

/** One replica of `shard` goes from the node `from` to the node this step stands for. */
interface Step {
  readonly from: number;
  readonly shard: number;
}

/**
 * Where the replicas of each shard live: for shard `s`, `result[s]` holds the indexes of
 * `replicationFactor` distinct nodes, its first choice first.
 *
 * - The replicas of a shard are spread over zones as evenly as the zones' sizes allow.
 * - Nodes hold equally many replicas, give or take one, as far as the zones allow.
 * - A change of the node list moves little: about 1.2 to 1.5 times what evenness alone asks for.
 * - The result depends on names and zones, never on the order of the list.
 *
 * Rendezvous hashing (Thaler and Ravishankar, 1996) chooses the nodes of each shard by itself; then
 * single replicas go from the fullest nodes to emptier ones, those first that lose least by it. Where a
 * zone stands in the way the move goes by way of other nodes.
 */
export function place(
  shardCount: number,
  nodes: readonly NodeSpec[],
  replicationFactor: number,
): number[][] {
  assert(replicationFactor <= nodes.length, 'there are nodes for all replicas');
  const byName = nodes.map((_, index) => index);
  byName.sort((a, b) => (nodes[a].name < nodes[b].name ? -1 : 1));
  const sorted = byName.map((index) => nodes[index]);
  const draft = new Draft(shardCount, sorted);
  draft.choose(replicationFactor);
  while (draft.relieve());
  return draft.result().map((replicas) => replicas.map((node) => byName[node]));
}

/** A placement in the making; nodes are numbered in the order of their names. */
class Draft {
  readonly #shardCount: number;
  readonly #nodeCount: number;
  readonly #zoneCount: number;
  /** Node -> number of its zone. */
  readonly #zone: number[];
  /** Node -> how many replicas it holds. */
  readonly #load: number[];
  /** [shard, node] -> rendezvous score; the highest is the first choice. */
  readonly #score: Uint32Array;
  /** [shard, node] -> 1 if the node holds a replica. */
  readonly #holds: Uint8Array;
  /** [shard, zone] -> how many replicas it holds. */
  readonly #inZone: Int32Array;

  constructor(shardCount: number, nodes: readonly NodeSpec[]) {
    const zones = [...new Set(nodes.map((node) => node.zone))];
    this.#shardCount = shardCount;
    this.#nodeCount = nodes.length;
    this.#zoneCount = zones.length;
    this.#zone = nodes.map((node) => zones.indexOf(node.zone));
    this.#load = nodes.map(() => 0);
    this.#score = scores(shardCount, nodes);
    this.#holds = new Uint8Array(shardCount * nodes.length);
    this.#inZone = new Int32Array(shardCount * zones.length);
  }

  /** Each shard by itself: always the best node of the zones that hold least of it. */
  choose(replicationFactor: number): void {
    for (let shard = 0; shard < this.#shardCount; shard++) {
      for (let i = 0; i < replicationFactor; i++) this.#add(shard, this.#nextChoice(shard));
    }
  }

  /** Takes one replica from a node that holds at least two more than it could; false if there is none. */
  relieve(): boolean {
    const fullestFirst = this.#load.map((_, node) => node);
    fullestFirst.sort((a, b) => this.#load[b] - this.#load[a] || a - b);
    return fullestFirst.some((node) => this.#relieveNode(node));
  }

  result(): number[][] {
    return Array.from({ length: this.#shardCount }, (_, shard) => {
      const row = shard * this.#nodeCount;
      const replicas = this.#load.map((_, node) => node);
      return replicas
        .filter((node) => this.#holds[row + node] === 1)
        .sort((a, b) => this.#score[row + b] - this.#score[row + a] || a - b);
    });
  }

  #nextChoice(shard: number): number {
    let best = -1;
    for (let node = 0; node < this.#nodeCount; node++) {
      if (this.#holds[shard * this.#nodeCount + node] === 1) continue;
      if (best === -1 || this.#isBetter(shard, node, best)) best = node;
    }
    return best;
  }

  #isBetter(shard: number, node: number, than: number): boolean {
    const row = shard * this.#nodeCount;
    const held = this.#zoneLoad(shard, node) - this.#zoneLoad(shard, than);
    return held < 0 || (held === 0 && this.#score[row + node] > this.#score[row + than]);
  }

  /** Breadth first, so that the move goes by way of as few nodes as it can. */
  #relieveNode(full: number): boolean {
    const steps = new Map<number, Step | null>([[full, null]]);
    for (const from of steps.keys()) {
      for (let to = 0; to < this.#nodeCount; to++) {
        if (steps.has(to)) continue;
        const shard = this.#cheapestMove(from, to);
        if (shard !== -1) steps.set(to, { from, shard });
      }
      const target = this.#emptiest(steps.keys());
      if (this.#load[target] <= this.#load[full] - 2) {
        this.#take(steps, target);
        return true;
      }
    }
    return false;
  }

  /** The shard whose replica loses least by going from one node to the other, or -1. */
  #cheapestMove(from: number, to: number): number {
    let cheapest = -1;
    let leastLoss = Number.POSITIVE_INFINITY;
    for (let shard = 0; shard < this.#shardCount; shard++) {
      const row = shard * this.#nodeCount;
      const loss = this.#score[row + from] - this.#score[row + to];
      if (loss < leastLoss && this.#mayMove(shard, from, to)) {
        leastLoss = loss;
        cheapest = shard;
      }
    }
    return cheapest;
  }

  /** True if the shard would be spread over the zones as evenly as before. */
  #mayMove(shard: number, from: number, to: number): boolean {
    const row = shard * this.#nodeCount;
    if (this.#holds[row + from] === 0 || this.#holds[row + to] === 1) return false;
    if (this.#zone[from] === this.#zone[to]) return true;
    return this.#zoneLoad(shard, from) === this.#zoneLoad(shard, to) + 1;
  }

  #emptiest(nodes: Iterable<number>): number {
    let emptiest = -1;
    for (const node of nodes) {
      if (emptiest === -1 || this.#load[node] < this.#load[emptiest]) emptiest = node;
    }
    return emptiest;
  }

  #take(steps: ReadonlyMap<number, Step | null>, target: number): void {
    let to = target;
    for (let step = steps.get(to); step; step = steps.get(to)) {
      this.#remove(step.shard, step.from);
      this.#add(step.shard, to);
      to = step.from;
    }
  }

  #add(shard: number, node: number): void {
    this.#change(shard, node, 1);
  }

  #remove(shard: number, node: number): void {
    this.#change(shard, node, -1);
  }

  #change(shard: number, node: number, by: 1 | -1): void {
    this.#holds[shard * this.#nodeCount + node] += by;
    this.#inZone[shard * this.#zoneCount + this.#zone[node]] += by;
    this.#load[node] += by;
  }

  #zoneLoad(shard: number, node: number): number {
    return this.#inZone[shard * this.#zoneCount + this.#zone[node]];
  }
}

function scores(shardCount: number, nodes: readonly NodeSpec[]): Uint32Array {
  const seeds = nodes.map((node) => nameSeed(node.name));
  return Uint32Array.from({ length: shardCount * nodes.length }, (_, i) => {
    const shard = Math.floor(i / nodes.length);
    return mix(seeds[i % nodes.length] ^ mix(shard));
  });
}

function nameSeed(name: string): number {
  const bytes = new TextEncoder().encode(name);
  const hash = new Int32Array(2);
  fnv1a64(bytes, 0, bytes.length, hash);
  return hash[0] ^ hash[1];
}

/** The finaliser of MurmurHash3 (Appleby): every bit of the input changes half of the result. */
function mix(value: number): number {
  let bits = value + 0x9e3779b9;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
