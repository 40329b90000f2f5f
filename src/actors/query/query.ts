import { CarbonbusError } from '../../errors.js';
import { columnDoubles } from '../../protocols/codec.js';
import type { FindNodeMessage, Replies, Request } from '../../protocols/messages.js';
import { mergeReplicas } from '../../query/merge.js';
import type { Series } from '../../query/series.js';
import { GlobRefusal, parseGlob } from '../../routing/glob.js';
import type { ShardMap } from '../../routing/shard-map.js';
import { Inquiries, type Inquiry } from './inquiry.js';
import type { NodeClient } from './node-client.js';
import type { ReadRepairs } from './read-repairs.js';
import { type Asked, expectAnswer, Replicas, type ReplicasOptions } from './replicas.js';
import { Tags } from './tags.js';

/** Names in one request: it stays below NATS' `max_payload`. */
const NAMES_PER_REQUEST = 500;

export interface FindAnswer {
  nodes: FindNodeMessage[];
  truncated: boolean;
}

export interface CachedPoints {
  timestamps: Float64Array;
  values: Float64Array;
}

/** One replica's series, and how much it is preferred. */
interface Copy {
  node: string;
  series: Series;
  place: number;
}

export interface QueryOptions extends ReplicasOptions {
  readonly client: NodeClient;
  /** Is told where replicas differ; nobody is without it. */
  readonly repairs?: ReadRepairs;
}

/** Finds the shard of each name, asks its replicas, the live ones first, and merges what they say. */
export class Query {
  readonly tags: Tags;
  readonly inquiry: Inquiry;
  readonly #client: NodeClient;
  readonly #shardMap: ShardMap;
  readonly #replicas: Replicas;
  readonly #options: QueryOptions;

  /** @param inquiry for whose sake is asked; one that sees all and is not looked at where there is none */
  constructor(options: QueryOptions, inquiry: Inquiry = new Inquiries(false).open()) {
    this.inquiry = inquiry;
    this.#options = options;
    this.#client = options.client;
    this.#shardMap = options.shardMap;
    this.#replicas = new Replicas(options, inquiry);
    this.tags = new Tags({ ...options, replicas: this.#replicas, inquiry });
  }

  /** The same for an inquiry. Names that it may not see are as if they were not there. */
  for(inquiry: Inquiry): Query {
    return new Query(this.#options, inquiry);
  }

  /** The nodes of the metric tree that match a glob, sorted by path; a leaf and a branch may share one. */
  async find(query: string, limit: number): Promise<FindAnswer> {
    const glob = parseGlob(query);
    if (glob instanceof GlobRefusal) throw new CarbonbusError('BAD_REQUEST', glob.reason);
    const answers = await this.#replicas.askAll(
      (node) => this.#ask(node, { type: 'find', query, limit }),
      (answer) => answer.shards,
    );
    const leaves = new Map<string, FindNodeMessage>();
    const branches = new Map<string, FindNodeMessage>();
    let truncated = false;
    for (const answer of answers) {
      truncated ||= answer.truncated;
      for (const node of answer.nodes) {
        if (this.#mayBeSeen(node)) (node.isLeaf ? leaves : branches).set(node.path, node);
      }
    }
    const sorted = [...leaves.values(), ...branches.values()].sort((a, b) =>
      a.path < b.path ? -1 : 1,
    );
    return {
      nodes: sorted.slice(0, limit),
      truncated: truncated || sorted.length > limit,
    };
  }

  /** The series of the names that exist, each merged from all replicas that answered in time. */
  async fetch(
    names: readonly string[],
    fromS: number,
    untilS: number,
    nowS: number,
  ): Promise<Map<string, Series>> {
    const byShard = this.#byShard(names);
    const asked = await this.#replicas.ask([...byShard.keys()], (node, shards) =>
      this.#askInParts(node, namesOf(byShard, shards), (some) => ({
        type: 'fetch',
        names: some,
        fromS,
        untilS,
        nowS,
      })),
    );
    expectAnswer(asked);
    const copies = new Map<string, Copy[]>();
    for (const { node, answer, shards } of asked) {
      for (const message of (answer ?? []).flatMap((part) => part.series)) {
        const place = shards.get(this.#shardMap.shardOfMetric(message.name)) ?? 0;
        const series = { ...message, values: columnDoubles(message.values) };
        addCopy(copies, { node, series, place });
      }
    }
    this.#noteDifferences(copies, asked);
    let filledPoints = 0;
    const series = new Map<string, Series>();
    for (const [name, replicas] of copies) {
      replicas.sort((a, b) => a.place - b.place);
      const merged = mergeReplicas(replicas.map((copy) => copy.series));
      filledPoints += merged.filledPoints;
      series.set(name, merged.series);
    }
    this.inquiry.noteFilled(filledPoints);
    return series;
  }

  /** Points that are not on disk yet, by name, in order of arrival; of the replica that holds most. */
  async cached(names: readonly string[]): Promise<Map<string, CachedPoints>> {
    const byShard = this.#byShard(names);
    const asked = await this.#replicas.ask([...byShard.keys()], (node, shards) =>
      this.#askInParts(node, namesOf(byShard, shards), (some) => ({ type: 'cached', names: some })),
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
  #noteDifferences(copies: Map<string, Copy[]>, asked: readonly Asked<unknown>[]): void {
    const { repairs } = this.#options;
    if (repairs === undefined) return;
    const answered = asked.filter(({ answer }) => answer !== undefined);
    for (const [name, some] of copies) {
      const shard = this.#shardMap.shardOfMetric(name);
      const nodes = answered.filter(({ shards }) => shards.has(shard));
      if (nodes.length < 2) continue;
      repairs.compare(
        name,
        shard,
        nodes.map(({ node }) => ({
          node,
          series: some.find((copy) => copy.node === node)?.series,
        })),
      );
    }
  }

  /** Whether a metric of this name may be seen, if there is one. */
  maySee(name: string): boolean {
    return this.#mayBeSeen({ path: name, isLeaf: true });
  }

  /** A folder may be seen where something in it may. */
  #mayBeSeen({ path, isLeaf }: FindNodeMessage): boolean {
    const { prefixes } = this.inquiry;
    if (prefixes === undefined) return true;
    if (isLeaf) return prefixes.some((prefix) => path.startsWith(prefix));
    const folder = `${path}.`;
    return prefixes.some((prefix) => folder.startsWith(prefix) || prefix.startsWith(folder));
  }

  #byShard(names: readonly string[]): Map<number, string[]> {
    const byShard = new Map<number, string[]>();
    for (const name of names) {
      if (!this.maySee(name)) continue;
      const shard = this.#shardMap.shardOfMetric(name);
      const some = byShard.get(shard);
      if (some) some.push(name);
      else byShard.set(shard, [name]);
    }
    return byShard;
  }

  #ask<R extends Request>(node: string, request: R): Promise<Replies[R['type']]> {
    return this.#client.ask('node', node, request, this.inquiry.signal);
  }

  async #askInParts<R extends Request>(
    node: string,
    names: string[],
    make: (names: string[]) => R,
  ): Promise<Replies[R['type']][]> {
    const parts: Promise<Replies[R['type']]>[] = [];
    for (let at = 0; at < names.length; at += NAMES_PER_REQUEST) {
      const some = names.slice(at, at + NAMES_PER_REQUEST);
      parts.push(this.#ask(node, make(some)));
    }
    return Promise.all(parts);
  }
}

function namesOf(byShard: Map<number, string[]>, shards: readonly number[]): string[] {
  return shards.flatMap((shard) => byShard.get(shard) ?? []);
}

function addCopy(copies: Map<string, Copy[]>, copy: Copy): void {
  const { name } = copy.series;
  const known = copies.get(name);
  if (known) known.push(copy);
  else copies.set(name, [copy]);
}
