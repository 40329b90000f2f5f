import { CarbonbusError } from '../../errors.js';
import { columnDoubles } from '../../protocols/codec.js';
import type { FoundMessage, Replies, Request } from '../../protocols/messages.js';
import type { Series } from '../../query/series.js';
import { GlobRefusal, parseGlob } from '../../routing/glob.js';
import type { ShardMap } from '../../routing/shard-map.js';
import type { Clock } from '../ports/clock.js';
import type { Ask } from './asking.js';
import { FetchedCopies, type FetchedPart, fetchedPart } from './fetched-copies.js';
import { Inquiries, type Inquiry } from './inquiry.js';
import type { NodeClient } from './node-client.js';
import { NodeParts, type PartQuestion } from './node-parts.js';
import type { ReadRepairs } from './read-repairs.js';
import { expectAnswer, HEDGE_MS, Replicas, type ReplicasOptions } from './replicas.js';
import { sortedOnce } from './sorted-texts.js';
import { Tags } from './tags.js';
import { WorkTurns } from './work-turns.js';

/** How long work on many names goes on before others have a turn: less than what a short request takes. */
const TURN_MS = 2;
/** Names between two looks at the clock. */
const NAMES_AT_ONCE = 256;
/** Of many names a replica may be silent for longer before others are asked besides: parts wait for their turns. */
const HEDGE_MS_PER_NAME = 0.5;
const HEDGE_MS_MAX = 1_000;

/** A part of the metric tree; a metric and a folder may have the same path. */
export interface FoundNode {
  readonly path: string;
  readonly isLeaf: boolean;
}

export interface FindAnswer {
  nodes: FoundNode[];
  truncated: boolean;
}

export interface CachedPoints {
  timestamps: Float64Array;
  values: Float64Array;
}

export interface QueryOptions extends ReplicasOptions {
  readonly client: NodeClient;
  /** Is told where replicas differ; nobody is without it. */
  readonly repairs?: ReadRepairs;
  /** Requests of questions about many names that nodes have in hand at a time. */
  readonly partsAtOnce?: number;
}

/** Finds the shard of each name, asks its replicas, the live ones first, and merges what they say. */
export class Query {
  readonly tags: Tags;
  readonly inquiry: Inquiry;
  readonly #client: NodeClient;
  readonly #shardMap: ShardMap;
  readonly #replicas: Replicas;
  readonly #options: QueryOptions;
  readonly #parts: NodeParts;

  /**
   * @param inquiry for whose sake is asked; one that sees all and is not looked at where there is none
   * @param parts of questions of all inquiries
   */
  constructor(
    options: QueryOptions,
    inquiry: Inquiry = new Inquiries(false).open(),
    parts = new NodeParts(options.clock, options.partsAtOnce),
  ) {
    this.inquiry = inquiry;
    this.#parts = parts;
    this.#options = options;
    this.#client = options.client;
    this.#shardMap = options.shardMap;
    this.#replicas = new Replicas(options, inquiry);
    this.tags = new Tags({ ...options, replicas: this.#replicas, inquiry });
  }

  /** The same for an inquiry. Names that it may not see are as if they were not there. */
  for(inquiry: Inquiry): Query {
    return new Query(this.#options, inquiry, this.#parts);
  }

  /** The nodes of the metric tree that match a glob, sorted by path; a leaf and a branch may share one. */
  find(query: string, limit: number): Promise<FindAnswer> {
    return this.#find(query, limit, false);
  }

  /** As `find`, of the last parts of the paths alone, each once: `path` is a name. */
  async findNames(query: string, limit: number): Promise<FindAnswer> {
    if (this.inquiry.prefixes === undefined) return this.#find(query, limit, true);
    // Whether a name may be seen is told by its path.
    const { nodes, truncated } = await this.find(query, limit);
    const found = { leaves: new Set<string>(), branches: new Set<string>() };
    for (const { path, isLeaf } of nodes)
      found[isLeaf ? 'leaves' : 'branches'].add(path.slice(path.lastIndexOf('.') + 1));
    const { leaves, branches } = found;
    const once = { leaves: [...leaves], branches: [...branches], truncated };
    return sortedNodes([once], limit, this.#options.clock);
  }

  async #find(query: string, limit: number, namesOnly: boolean): Promise<FindAnswer> {
    const glob = parseGlob(query);
    if (glob instanceof GlobRefusal) throw new CarbonbusError('BAD_REQUEST', glob.reason);
    const answers = await this.#replicas.askAll(
      (node, shards) => this.#ask(node, { type: 'find', query, limit, shards, namesOnly }),
      (answer) => answer.shards,
    );
    const { clock } = this.#options;
    if (this.inquiry.prefixes === undefined) return sortedNodes(answers, limit, clock);
    const seen = answers.map(({ leaves, branches, truncated }) => ({
      leaves: leaves.filter((path) => this.maySee(path)),
      branches: branches.filter((path) => this.#mayBeEntered(path)),
      truncated,
    }));
    return sortedNodes(seen, limit, clock);
  }

  /**
   * The series of the names that exist. Of each the replica that is preferred is asked, and the others where it has holes or
   * may not know all; now and then all of them, to see whether they differ.
   */
  async fetch(
    names: readonly string[],
    fromS: number,
    untilS: number,
    nowS: number,
  ): Promise<Map<string, Series>> {
    const turns = this.#turns();
    const all = await this.#placesByShard(names, turns);
    const shardOf = new Uint16Array(names.length);
    for (const [shard, places] of all) for (const at of places) shardOf[at] = shard;
    const fetchFrom = (placesOf: ReadonlyMap<number, readonly number[]>) =>
      this.#inParts(names, placesOf, (node) => ({
        ask: async (some, places): Promise<FetchedPart> => {
          const request = { type: 'fetch', names: some, fromS, untilS, nowS } as const;
          const { blocks } = await this.#ask(node, request);
          const part = fetchedPart(names, places, blocks, nowS);
          // All blocks are parts of one reply, of which nothing is kept.
          if (blocks.length > 0) this.#client.giveBack(blocks[0].values);
          return part;
        },
        bytesOf: ({ bytes }) => bytes,
      }));
    const copies = new FetchedCopies(names);
    const first = await this.#replicas.askFirst([...all.keys()], fetchFrom(all), {
      asksAll: this.#options.repairs?.comparesNext() ?? false,
      hedgeMs: Math.min(HEDGE_MS_MAX, Math.max(HEDGE_MS, names.length * HEDGE_MS_PER_NAME)),
    });
    expectAnswer(first);
    copies.take(first, shardOf);
    const incomplete = new Map<number, number[]>();
    for (const at of copies.incomplete()) push(incomplete, shardOf[at], at);
    if (incomplete.size > 0) {
      const shards = [...incomplete.keys()];
      const others = await this.#replicas.askOthers(first, shards, fetchFrom(incomplete));
      copies.take(others, shardOf);
    }
    turns.begin();
    await this.#noteDifferences(names, shardOf, copies, turns);
    const { series, filledPoints } = await copies.merged(turns);
    this.inquiry.noteFilled(filledPoints);
    return series;
  }

  /** Points that are not on disk yet, by name, in order of arrival; of the replica that holds most. */
  async cached(names: readonly string[]): Promise<Map<string, CachedPoints>> {
    const byShard = await this.#placesByShard(names);
    const asked = await this.#replicas.ask(
      [...byShard.keys()],
      this.#inParts(names, byShard, (node) => ({
        ask: (some) => this.#ask(node, { type: 'cached', names: some }),
        bytesOf: ({ metrics }) =>
          metrics.reduce((bytes, { timestamps }) => bytes + 2 * timestamps.length, 0),
      })),
    );
    const points = new Map<string, CachedPoints>();
    for (const { answer } of asked) {
      for (const part of answer ?? []) {
        for (const { name, timestamps, values } of part.metrics) {
          const known = points.get(name);
          if (known !== undefined && known.timestamps.length * 8 >= timestamps.length) continue;
          points.set(name, {
            timestamps: columnDoubles(timestamps),
            values: columnDoubles(values),
          });
        }
      }
    }
    return points;
  }

  /** A replica that has answered without a metric that another has lacks it. */
  async #noteDifferences(
    names: readonly string[],
    shardOf: ArrayLike<number>,
    copies: FetchedCopies,
    turns: WorkTurns,
  ): Promise<void> {
    const { repairs } = this.#options;
    if (repairs === undefined) return;
    for (const { at, copies: told } of copies.toldBySeveral()) {
      if (turns.isOver()) await turns.next();
      repairs.compare(names[at], shardOf[at], told);
    }
  }

  /** Whether a metric of this name may be seen, if there is one. */
  maySee(name: string): boolean {
    const { prefixes } = this.inquiry;
    return prefixes === undefined || prefixes.some((prefix) => name.startsWith(prefix));
  }

  /** A folder may be seen where something in it may. */
  #mayBeEntered(path: string): boolean {
    const { prefixes = [] } = this.inquiry;
    const folder = `${path}.`;
    return prefixes.some((prefix) => folder.startsWith(prefix) || prefix.startsWith(folder));
  }

  /** The places of the names that may be seen. */
  async #placesByShard(
    names: readonly string[],
    turns = this.#turns(),
  ): Promise<Map<number, number[]>> {
    const places = new Map<number, number[]>();
    for (let at = 0; at < names.length; at++) {
      if (at % NAMES_AT_ONCE === NAMES_AT_ONCE - 1 && turns.isOver()) await turns.next();
      if (this.maySee(names[at])) push(places, this.#shardMap.shardOfMetric(names[at]), at);
    }
    return places;
  }

  #turns(): WorkTurns {
    return new WorkTurns(this.#options.clock, TURN_MS, () => this.inquiry.checkWanted());
  }

  #ask<R extends Request>(node: string, request: R): Promise<Replies[R['type']]> {
    return this.#client.ask('node', node, request, this.inquiry);
  }

  /** Asks a node about the names of its shards. */
  #inParts<R>(
    names: readonly string[],
    placesOf: ReadonlyMap<number, readonly number[]>,
    questionTo: (node: string) => PartQuestion<R>,
  ): Ask<R[]> {
    return (node, shards, progress) => {
      const places = shards.flatMap((shard) => placesOf.get(shard) ?? []);
      return this.#parts.ask(names, places, questionTo(node), progress);
    };
  }
}

/** Sorted, each path once; at most `limit`. */
async function sortedNodes(
  found: readonly FoundMessage[],
  limit: number,
  clock: Clock,
): Promise<FindAnswer> {
  const all = {
    leaves: found.flatMap((one) => one.leaves),
    branches: found.flatMap((one) => one.branches),
  };
  const leaves = await sortedOnce(all.leaves, clock);
  const branches = await sortedOnce(all.branches, clock);
  const nodes: FoundNode[] = [];
  for (let leaf = 0, branch = 0; leaf < leaves.length || branch < branches.length; ) {
    const isLeaf =
      branch === branches.length || (leaf < leaves.length && leaves[leaf] <= branches[branch]);
    nodes.push({ path: isLeaf ? leaves[leaf++] : branches[branch++], isLeaf });
    if (nodes.length > limit) break;
  }
  const truncated = nodes.length > limit || found.some((one) => one.truncated);
  if (nodes.length > limit) nodes.length = limit;
  return { nodes, truncated };
}

function push(places: Map<number, number[]>, shard: number, at: number): void {
  const some = places.get(shard);
  if (some) some.push(at);
  else places.set(shard, [at]);
}
