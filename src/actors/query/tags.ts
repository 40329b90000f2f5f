import { CarbonbusError, errorText } from '../../errors.js';
import type { TagAnswer, TagQuestion } from '../../protocols/messages.js';
import type { ShardMap } from '../../routing/shard-map.js';
import { tagFilter } from '../../storage/tags/tag-questions.js';
import type { Inquiry } from './inquiry.js';
import type { NodeClient } from './node-client.js';
import type { Replicas } from './replicas.js';

/** Names of one request to a node. */
const NAMES_PER_REQUEST = 500;

export interface TagsAnswer {
  /** Sorted: series, tags or values. */
  texts: string[];
  /** The series with each value; empty unless values were asked for. */
  counts: number[];
}

/** The tag indexes of all shards as one, and what changes them. */
export class Tags {
  readonly #replicas: Replicas;
  readonly #client: NodeClient;
  readonly #shardMap: ShardMap;
  readonly inquiry: Inquiry;

  /** @param options.inquiry sees the series that it may see, by their names without tags */
  constructor(options: {
    replicas: Replicas;
    client: NodeClient;
    shardMap: ShardMap;
    inquiry: Inquiry;
  }) {
    this.inquiry = options.inquiry;
    this.#replicas = options.replicas;
    this.#client = options.client;
    this.#shardMap = options.shardMap;
  }

  /** Errors: `BAD_REQUEST` for expressions and patterns, `NO_REPLICA`. */
  async ask(asked: TagQuestion): Promise<TagsAnswer> {
    const question = this.#withinPrefixes(asked);
    // Here, as a node that refuses counts as one that does not answer.
    tagFilter(question);
    const answers = await this.#replicas.askAll(
      (node) => this.#client.ask('node', node, { type: 'tags', question }, this.inquiry),
      ({ shards }) => shards.map(({ shard }) => shard),
    );
    const found = answers.flatMap(({ shards }) => shards);
    if (found.some(({ tookTooLong }) => tookTooLong)) {
      throw new CarbonbusError('BAD_REQUEST', 'a regular expression takes too long: simplify it');
    }
    const counts = summed(found);
    const texts = [...counts.keys()].sort().slice(0, question.limit);
    return {
      texts,
      counts: question.of === 'values' ? texts.map((text) => counts.get(text) ?? 0) : [],
    };
  }

  /** The names of the series for which all expressions hold, sorted; at most `limit`. */
  series(expressions: readonly string[], limit: number): Promise<TagsAnswer> {
    const all = { prefix: '', pattern: '', limit };
    return this.ask({ of: 'series', expressions: [...expressions], ...all });
  }

  /** Enters names into the index that need no points, by their normalised names. Errors: `PARTLY_CHANGED`. */
  register(names: readonly string[]): Promise<void> {
    return this.#change(names, 'register');
  }

  /** Takes names off the index, until points of them come. Errors: `PARTLY_CHANGED`. */
  remove(names: readonly string[]): Promise<void> {
    return this.#change(names, 'remove');
  }

  #withinPrefixes(question: TagQuestion): TagQuestion {
    const { prefixes } = this.inquiry;
    if (prefixes === undefined) return question;
    const names = prefixes.map((prefix) => prefix.replace(/[^\w]/g, '\\$&')).join('|');
    return { ...question, expressions: [...question.expressions, `name=~(?:${names})`] };
  }

  /** All replicas have to take a change: no log tells it to one that was away. */
  async #change(names: readonly string[], what: 'register' | 'remove'): Promise<void> {
    const byShard = new Map<number, string[]>();
    for (const name of names) {
      const shard = this.#shardMap.shardOfMetric(name);
      byShard.set(shard, [...(byShard.get(shard) ?? []), name]);
    }
    const changes: Promise<null>[] = [];
    for (const [shard, all] of byShard) {
      for (let at = 0; at < all.length; at += NAMES_PER_REQUEST) {
        const some = { register: [], remove: [], [what]: all.slice(at, at + NAMES_PER_REQUEST) };
        for (const { name } of this.#shardMap.nodesOf(shard)) {
          changes.push(this.#client.ask('node', name, { type: 'changeTags', shard, ...some }));
        }
      }
    }
    const outcomes = await Promise.allSettled(changes);
    const failed = outcomes.find(({ status }) => status === 'rejected');
    if (failed?.status !== 'rejected') return;
    throw new CarbonbusError(
      'PARTLY_CHANGED',
      `not all replicas have taken the change, ask again: ${errorText(failed.reason)}`,
    );
  }
}

/** How often each text was found: replicas of one shard tell of the same series, and the one that knows most counts. */
function summed(answers: readonly (TagAnswer & { shard: number })[]): Map<string, number> {
  const byShard = new Map<number, Map<string, number>>();
  for (const { shard, texts, counts } of answers) {
    const most = byShard.get(shard) ?? new Map<string, number>();
    byShard.set(shard, most);
    texts.forEach((text, i) => {
      most.set(text, Math.max(most.get(text) ?? 0, counts[i] ?? 0));
    });
  }
  const sums = new Map<string, number>();
  for (const most of byShard.values()) {
    for (const [text, count] of most) sums.set(text, (sums.get(text) ?? 0) + count);
  }
  return sums;
}
