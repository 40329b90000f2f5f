import { LRUCache } from 'lru-cache';
import { CarbonbusError } from '../../errors.js';
import type { ReplicaReport } from '../../protocols/heartbeat.js';
import type { FoundMessage } from '../../protocols/messages.js';
import { type Glob, GlobRefusal, parseGlob } from '../../routing/glob.js';
import type { MetricIndex } from '../../storage/metric-index.js';
import type { MetricTable } from '../../storage/metric-table.js';
import type { Clock } from '../ports/clock.js';
import type { FindMessage } from './messages.js';
import { checkWanted } from './wanted.js';

/** Longest time in one go, so that writing, sockets and timers get their turn: a node asks all of its replicas at once. */
const SLICE_MS = 1;
/** Names looked at between two looks at the clock. */
const NAMES_AT_A_TIME = 256;
/** So many are sorted in a few milliseconds. */
const SORTED_MAX = 4_096;
/** What the answers that are kept may take, of one replica. */
const KEPT_BYTES = 2 ** 20;
/** Of a text, besides its characters, about. */
const TEXT_BYTES = 32;

type Search = Pick<FindMessage, 'query' | 'limit' | 'namesOnly' | 'leavesOnly' | 'isWanted'>;

interface Kept {
  readonly found: FoundMessage;
  /** The size of the index for which it holds. */
  readonly indexSize: number;
}

interface KeptIds {
  readonly ids: Int32Array;
  /** How many names had ids then: no id changes while no other name gets one. */
  readonly tableSize: number;
}

/**
 * Finds in the index of a replica. As nothing is ever taken out of the index, its size is its version: an answer holds, and is
 * kept, until a name is added.
 */
export class ReplicaFinds {
  readonly #index: MetricIndex;
  readonly #table: MetricTable;
  readonly #clock: Clock;
  readonly #ids = new WeakMap<FoundMessage, KeptIds>();
  readonly #kept = new LRUCache<string, Kept>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ found }, key) =>
      key.length + bytesOf(found.leaves) + bytesOf(found.branches),
  });

  constructor(index: MetricIndex, table: MetricTable, clock: Clock) {
    this.#index = index;
    this.#table = table;
    this.#clock = clock;
  }

  /** While the index is being built another replica has to answer. */
  async find(
    message: Search,
    { shard, state }: Pick<ReplicaReport, 'shard' | 'state'>,
  ): Promise<FoundMessage> {
    checkWanted(message.isWanted);
    if (state === 'recovering' || state === 'closed') {
      const why = `shard ${shard} is ${state}: it does not know all its metrics yet`;
      throw new CarbonbusError('REPLICA_NOT_READY', why);
    }
    const { query, limit, namesOnly, leavesOnly } = message;
    const key = `${namesOnly} ${leavesOnly} ${limit} ${query}`;
    const kept = this.#kept.get(key);
    const indexSize = this.#index.entries;
    if (kept?.indexSize === indexSize) return kept.found;
    const glob = parseGlob(query);
    if (glob instanceof GlobRefusal) throw new CarbonbusError('BAD_REQUEST', glob.reason);
    const found = await this.#search(glob, message);
    // Once here, and not with each answer: whoever puts the answers of all shards in order has less to do then.
    if (found.leaves.length <= SORTED_MAX) found.leaves.sort();
    this.#kept.set(key, { found, indexSize });
    return found;
  }

  /** The ids of the metrics that were found, in their order; -1 for one that has none. They are kept with what was found. */
  idsOf(found: FoundMessage): Int32Array {
    const tableSize = this.#table.count;
    const kept = this.#ids.get(found);
    if (kept?.tableSize === tableSize) return kept.ids;
    const ids = Int32Array.from(found.leaves, (name) => this.#table.find(name) ?? -1);
    this.#ids.set(found, { ids, tableSize });
    return ids;
  }

  /** In slices, between which the replica goes on with its other messages. */
  async #search(glob: Glob, message: Search): Promise<FoundMessage> {
    const { limit, isWanted } = message;
    const search = this.#searchOf(glob, message);
    // The first slice is shorter still: those of all replicas follow each other.
    let startedMs = Number.NEGATIVE_INFINITY;
    while (!search.run(NAMES_AT_A_TIME)) {
      if (this.#clock.monotonicMs() - startedMs < SLICE_MS) continue;
      await this.#clock.yieldNow();
      checkWanted(isWanted);
      startedMs = this.#clock.monotonicMs();
    }
    const { leaves, branches } = search.found;
    const truncated = leaves.length + branches.length > limit;
    if (truncated) leaves.length = Math.min(leaves.length, limit);
    return { leaves, branches: branches.slice(0, limit - leaves.length), truncated };
  }

  /** Of one more than is asked for, which says that there are more. */
  #searchOf(glob: Glob, { limit, namesOnly, leavesOnly }: Search) {
    if (namesOnly) return this.#index.searchNames(glob, limit + 1);
    return leavesOnly
      ? this.#index.searchLeaves(glob, limit + 1)
      : this.#index.search(glob, limit + 1);
  }
}

function bytesOf(texts: readonly string[]): number {
  return texts.reduce((bytes, text) => bytes + text.length + TEXT_BYTES, TEXT_BYTES);
}
