import { CarbonbusError, errorText } from '../../errors.js';
import { columnDoubles } from '../../protocols/codec.js';
import type { FindNodeMessage, Replies, Request, SeriesMessage } from '../../protocols/messages.js';
import { mergeReplicas } from '../../query/merge.js';
import type { Series } from '../../query/series.js';
import { GlobRefusal, parseGlob } from '../../routing/glob.js';
import type { ShardMap } from '../../routing/shard-map.js';
import type { Membership } from '../membership/membership.js';
import { type Clock, sleep } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { NodeClient } from './node-client.js';
import { replicasToAsk } from './replica-choice.js';
import { Tags } from './tags.js';

/** Once each shard has one answer, the other replicas have this long to fill its holes. */
const GRACE_MS = 250;
/** Names in one request: it stays below NATS' `max_payload`. */
const NAMES_PER_REQUEST = 500;

export interface Completeness {
  shardsAsked: number;
  shardsAnswered: number;
  /** Points that the preferred replica lacked and another had. */
  filledPoints: number;
}

export interface FindAnswer extends Completeness {
  nodes: FindNodeMessage[];
  truncated: boolean;
}

export interface FetchAnswer extends Completeness {
  series: Map<string, Series>;
}

export interface CachedPoints {
  timestamps: Float64Array;
  values: Float64Array;
}

/** What one node was asked, and what came back. */
interface Asked<R> {
  node: string;
  /** The shards it was asked about, each with the place of this node among the shard's replicas, best 0. */
  shards: Map<number, number>;
  answer: R | undefined;
}

/** One replica's series, and how much it is preferred. */
interface Copy {
  series: Series;
  place: number;
}

export interface QueryOptions {
  readonly client: NodeClient;
  readonly membership: Membership;
  readonly shardMap: ShardMap;
  readonly clock: Clock;
  readonly log: Logger;
  /** The beginnings of the names that may be seen; all may without. */
  readonly prefixes?: readonly string[];
}

/** Finds the shard of each name, asks its replicas, the live ones first, and merges what they say. */
export class Query {
  readonly tags: Tags;
  readonly #client: NodeClient;
  readonly #membership: Membership;
  readonly #shardMap: ShardMap;
  readonly #clock: Clock;
  readonly #log: Logger;

  readonly #options: QueryOptions;

  constructor(options: QueryOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#membership = options.membership;
    this.#shardMap = options.shardMap;
    this.#clock = options.clock;
    this.#log = options.log;
    this.tags = new Tags({ ...options, query: this });
  }

  /** The same for names with one of these beginnings only: all others are as if they were not there. */
  within(prefixes: readonly string[]): Query {
    return new Query({ ...this.#options, prefixes });
  }

  /** The nodes of the metric tree that match a glob, sorted by path; a leaf and a branch may share one. */
  async find(query: string, limit: number): Promise<FindAnswer> {
    const glob = parseGlob(query);
    if (glob instanceof GlobRefusal) throw new CarbonbusError('BAD_REQUEST', glob.reason);
    const { answers, ...found } = await this.askAllShards(
      (node) => this.#client.ask('node', node, { type: 'find', query, limit }),
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
      ...found,
    };
  }

  /**
   * Asks nodes until replicas of all shards have answered, or none is left.
   *
   * @param answeredBy the shards that an answer is about
   * Errors: `NO_REPLICA` when nobody answers.
   */
  async askAllShards<R>(
    ask: (node: string) => Promise<R>,
    answeredBy: (answer: R) => readonly number[],
  ): Promise<Completeness & { answers: R[] }> {
    const shards = Array.from({ length: this.#shardMap.shardCount }, (_, shard) => shard);
    const asked = await this.#askReplicas(shards, ask, answeredBy);
    const answers = asked.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
    return { answers, filledPoints: 0, ...coverage(shards, asked) };
  }

  /** The series of the names that exist, each merged from all replicas that answered in time. */
  async fetch(
    names: readonly string[],
    fromS: number,
    untilS: number,
    nowS: number,
  ): Promise<FetchAnswer> {
    const byShard = this.#byShard(names);
    const asked = await this.#askReplicas([...byShard.keys()], (node, shards) =>
      this.#askInParts(node, namesOf(byShard, shards), (some) => ({
        type: 'fetch',
        names: some,
        fromS,
        untilS,
        nowS,
      })),
    );
    const copies = new Map<string, Copy[]>();
    for (const { answer, shards } of asked) {
      for (const message of (answer ?? []).flatMap((part) => part.series)) {
        const place = shards.get(this.#shardMap.shardOfMetric(message.name)) ?? 0;
        addCopy(copies, message, place);
      }
    }
    let filledPoints = 0;
    const series = new Map<string, Series>();
    for (const [name, replicas] of copies) {
      replicas.sort((a, b) => a.place - b.place);
      const merged = mergeReplicas(replicas.map((copy) => copy.series));
      filledPoints += merged.filledPoints;
      series.set(name, merged.series);
    }
    return { series, filledPoints, ...coverage([...byShard.keys()], asked) };
  }

  /** Points that are not on disk yet, by name, in order of arrival; of the replica that holds most. */
  async cached(names: readonly string[]): Promise<Map<string, CachedPoints>> {
    const byShard = this.#byShard(names);
    const asked = await this.#askReplicas([...byShard.keys()], (node, shards) =>
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

  /** A folder may be seen where something in it may. */
  #mayBeSeen({ path, isLeaf }: FindNodeMessage): boolean {
    const { prefixes } = this.#options;
    if (prefixes === undefined) return true;
    if (isLeaf) return prefixes.some((prefix) => path.startsWith(prefix));
    const folder = `${path}.`;
    return prefixes.some((prefix) => folder.startsWith(prefix) || prefix.startsWith(folder));
  }

  #byShard(names: readonly string[]): Map<number, string[]> {
    const byShard = new Map<number, string[]>();
    for (const name of names) {
      if (!this.#mayBeSeen({ path: name, isLeaf: true })) continue;
      const shard = this.#shardMap.shardOfMetric(name);
      const some = byShard.get(shard);
      if (some) some.push(name);
      else byShard.set(shard, [name]);
    }
    return byShard;
  }

  async #askInParts<R extends Request>(
    node: string,
    names: string[],
    make: (names: string[]) => R,
  ): Promise<Replies[R['type']][]> {
    const parts: Promise<Replies[R['type']]>[] = [];
    for (let at = 0; at < names.length; at += NAMES_PER_REQUEST) {
      const some = names.slice(at, at + NAMES_PER_REQUEST);
      parts.push(this.#client.ask('node', node, make(some)));
    }
    return Promise.all(parts);
  }

  /**
   * Asks the likely replicas of all shards at once, then the doubtful ones of shards that nobody answered
   * for.
   *
   * @param answeredBy the shards that an answer is about, where a node may leave some out
   */
  async #askReplicas<R>(
    shards: readonly number[],
    ask: (node: string, shards: number[]) => Promise<R>,
    answeredBy?: (answer: R) => readonly number[],
  ): Promise<Asked<R>[]> {
    const choices = new Map(
      shards.map((shard) => [shard, replicasToAsk(this.#shardMap, this.#membership, shard)]),
    );
    const likely = await this.#askNodes(
      shards.map((shard) => [shard, choices.get(shard)?.likely ?? []]),
      ask,
      answeredBy,
    );
    const answered = answeredShards(likely);
    const missing = shards.filter((shard) => !answered.has(shard));
    if (missing.length === 0) return likely;
    const doubtful = await this.#askNodes(
      missing.map((shard) => [shard, choices.get(shard)?.doubtful ?? []]),
      ask,
      answeredBy,
    );
    return [...likely, ...doubtful];
  }

  async #askNodes<R>(
    preferences: [shard: number, nodes: string[]][],
    ask: (node: string, shards: number[]) => Promise<R>,
    answeredBy?: (answer: R) => readonly number[],
  ): Promise<Asked<R>[]> {
    const asked: Asked<R>[] = [];
    for (const [node, shards] of shardsByNode(preferences)) {
      asked.push({ node, shards, answer: undefined });
    }
    const wanted = new Set(asked.flatMap((one) => [...one.shards.keys()]));
    let covered: () => void = () => undefined;
    const allCovered = new Promise<void>((resolve) => {
      covered = resolve;
    });
    const all = Promise.all(
      asked.map(async (one) => {
        try {
          const answer = await ask(one.node, [...one.shards.keys()]);
          const answered = new Set(answeredBy?.(answer) ?? one.shards.keys());
          for (const shard of [...one.shards.keys()]) {
            if (!answered.has(shard)) one.shards.delete(shard);
          }
          one.answer = answer;
          if (answeredShards(asked).size === wanted.size) covered();
        } catch (error) {
          this.#log.warn({ node: one.node, error: errorText(error) }, 'a node did not answer');
        }
      }),
    );
    await Promise.race([all, allCovered.then(() => sleep(this.#clock, GRACE_MS))]);
    return asked;
  }
}

/** The nodes to ask, each with its shards and its place in the preference of each. */
function shardsByNode(preferences: [number, string[]][]): Map<string, Map<number, number>> {
  const nodes = new Map<string, Map<number, number>>();
  for (const [shard, names] of preferences) {
    names.forEach((name, place) => {
      const shards = nodes.get(name) ?? new Map<number, number>();
      nodes.set(name, shards.set(shard, place));
    });
  }
  return nodes;
}

function answeredShards<R>(asked: readonly Asked<R>[]): Set<number> {
  const shards = new Set<number>();
  for (const one of asked) {
    if (one.answer !== undefined) for (const shard of one.shards.keys()) shards.add(shard);
  }
  return shards;
}

function coverage<R>(
  shards: readonly number[],
  asked: readonly Asked<R>[],
): { shardsAsked: number; shardsAnswered: number } {
  const shardsAnswered = answeredShards(asked).size;
  if (shards.length > 0 && shardsAnswered === 0) {
    throw new CarbonbusError('NO_REPLICA', 'no node answered: is any node of the cluster up?');
  }
  return { shardsAsked: shards.length, shardsAnswered };
}

function namesOf(byShard: Map<number, string[]>, shards: readonly number[]): string[] {
  return shards.flatMap((shard) => byShard.get(shard) ?? []);
}

function addCopy(copies: Map<string, Copy[]>, message: SeriesMessage, place: number): void {
  const copy = { series: { ...message, values: columnDoubles(message.values) }, place };
  const known = copies.get(message.name);
  if (known) known.push(copy);
  else copies.set(message.name, [copy]);
}
