import { errorCode } from '../../errors.js';
import type {
  FoundMessage,
  Replies,
  Request,
  SeriesBlock,
  TagAnswer,
} from '../../protocols/messages.js';
import { TOOK_TOO_LONG } from '../../protocols/messages.js';
import { placedAnew } from '../../protocols/series-blocks.js';
import type { Clock } from '../ports/clock.js';
import type { ReplicaRunner } from '../shard/replica-runner.js';
import { checkWanted } from '../shard/wanted.js';
import type { ShardRunners } from './shard-runners.js';

type Find = Extract<Request, { type: 'find' }>;
type Fetch = Extract<Request, { type: 'fetch' }>;
type FetchMatching = Extract<Request, { type: 'fetchMatching' }>;
type Tags = Extract<Request, { type: 'tags' }>;

/** Metrics that are read before anybody knows their names: as many as an asker puts into its first request. */
const MATCHING_MAX = 64;

/** Reads of a node that several of its replicas answer together: metrics, their points, and tags. */
export class NodeReads {
  readonly #runners: ShardRunners;
  readonly #clock: Clock;

  constructor(runners: ShardRunners, clock: Clock) {
    this.#runners = runners;
    this.#clock = clock;
  }

  /**
   * What is found in the shards that were asked for: a path may be a branch in several of them, and a name alone a leaf too. A
   * replica that is not ready is left out, unless none is.
   */
  async find(request: Find, isWanted: () => boolean): Promise<Replies['find']> {
    const answers = await this.#search(request, isWanted);
    const found = answers.map(({ answer }) => answer);
    const leaves = found.flatMap((one) => one.leaves);
    return {
      // A metric is in one shard only.
      leaves: request.namesOnly ? [...new Set(leaves)] : leaves,
      branches: [...new Set(found.flatMap((one) => one.branches))],
      shards: answers.map(({ shard }) => shard),
      truncated: found.some(({ truncated }) => truncated),
    };
  }

  async #search(
    { shards, query, limit, namesOnly }: Omit<Find, 'type'>,
    isWanted: () => boolean,
  ): Promise<{ shard: number; answer: FoundMessage }[]> {
    const search = { type: 'find', query, limit, namesOnly, isWanted } as const;
    const runners = this.#runners.all.filter((runner) => shards.includes(runner.shard));
    const asked = runners.map((runner) =>
      runner.ask<FoundMessage>((reply, fail) => ({ ...search, reply, fail })),
    );
    return this.#fromReady(runners, await Promise.allSettled(asked));
  }

  async fetchMatching(
    { query, limit, shards, fromS, untilS, nowS }: FetchMatching,
    isWanted: () => boolean,
  ): Promise<Replies['fetchMatching']> {
    const answers = await this.#search({ query, limit, shards, namesOnly: false }, isWanted);
    const names = answers.flatMap(({ answer }) => answer.leaves);
    const found = {
      names,
      truncated: answers.some(({ answer }) => answer.truncated),
      shards: answers.map(({ shard }) => shard),
    };
    if (found.truncated || names.length > MATCHING_MAX) return { ...found, blocks: null };
    const byShard = this.#runners.placesByShard(names);
    // Somebody may have put a file into another shard than that which is asked for its name.
    const areOurs = [...byShard.keys()].every((shard) => this.#runners.has(shard));
    if (!areOurs) return { ...found, blocks: null };
    const fetch = { type: 'fetch', names, fromS, untilS, nowS } as const;
    return { ...found, blocks: await this.#blocks(fetch, byShard, isWanted) };
  }

  async fetch(request: Fetch, isWanted: () => boolean): Promise<Replies['fetch']> {
    return {
      blocks: await this.#blocks(request, this.#runners.placesByShard(request.names), isWanted),
    };
  }

  async #blocks(
    request: Fetch,
    byShard: ReadonlyMap<number, readonly number[]>,
    isWanted: () => boolean,
  ): Promise<SeriesBlock[]> {
    const answers = await Promise.all(
      [...byShard].map(async ([shard, places]) => {
        const names = places.map((place) => request.names[place]);
        const blocks = await this.#runners.of(shard).ask<SeriesBlock[]>((reply, fail) => ({
          ...{ ...request, names, isWanted },
          reply,
          fail,
        }));
        return blocks.map((block) => placedAnew(block, places));
      }),
    );
    return answers.flat();
  }

  /** One replica after the other, and no more once a pattern took too long in one, so that others get their turns. */
  async tags(request: Tags, isWanted: () => boolean): Promise<Replies['tags']> {
    const runners = this.#runners.all;
    const asked: PromiseSettledResult<TagAnswer>[] = [];
    let tookTooLong = false;
    for (const runner of runners) {
      checkWanted(isWanted);
      const answer: Promise<TagAnswer> = tookTooLong
        ? Promise.resolve(TOOK_TOO_LONG)
        : runner.ask<TagAnswer>((reply, fail) => ({ ...request, reply, fail }));
      const [outcome] = await Promise.allSettled([answer]);
      asked.push(outcome);
      tookTooLong ||= outcome.status === 'fulfilled' && outcome.value.tookTooLong === true;
      await this.#clock.yieldNow();
    }
    const answers = this.#fromReady(runners, asked);
    return { shards: answers.map(({ shard, answer }) => ({ shard, ...answer })) };
  }

  /** The answers of all replicas but those that are not ready; one of them at least has to be. */
  #fromReady<R>(
    runners: readonly ReplicaRunner[],
    asked: readonly PromiseSettledResult<R>[],
  ): { shard: number; answer: R }[] {
    const answers: { shard: number; answer: R }[] = [];
    const reasons: unknown[] = [];
    asked.forEach((outcome, i) => {
      if (outcome.status === 'rejected') reasons.push(outcome.reason);
      else answers.push({ shard: runners[i].shard, answer: outcome.value });
    });
    const fault = reasons.find((reason) => errorCode(reason) !== 'REPLICA_NOT_READY');
    if (fault !== undefined || (answers.length === 0 && reasons.length > 0))
      throw fault ?? reasons[0];
    return answers;
  }
}
