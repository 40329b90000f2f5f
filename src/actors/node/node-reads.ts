import { errorCode } from '../../errors.js';
import { ColumnRooms } from '../../protocols/column-rooms.js';
import type { FoundMessage, Replies, Request, TagAnswer } from '../../protocols/messages.js';
import { TOOK_TOO_LONG } from '../../protocols/messages.js';
import { SeriesBlocks } from '../../protocols/series-blocks.js';
import type { Clock } from '../ports/clock.js';
import { MatchingSeries } from '../shard/matching-series.js';
import type { FetchMatchingMessage, FindMessage } from '../shard/messages.js';
import type { ReplicaRunner } from '../shard/replica-runner.js';
import { checkWanted } from '../shard/wanted.js';
import { foldedReply } from './folded-reply.js';
import type { OpenRequest } from './open-requests.js';
import type { ShardRunners } from './shard-runners.js';

type Find = Extract<Request, { type: 'find' }>;
type Fetch = Extract<Request, { type: 'fetch' }>;
type FetchMatching = Extract<Request, { type: 'fetchMatching' }>;
type ToAnswer = [reply: (found: FoundMessage) => void, fail: (error: unknown) => void];
type Tags = Extract<Request, { type: 'tags' }>;

/** Reads of a node that several of its replicas answer together: metrics, their points, and tags. */
export class NodeReads {
  readonly #runners: ShardRunners;
  readonly #clock: Clock;
  readonly #rooms = new ColumnRooms();
  /** Of finds that replicas keep: whether all that was found is in the shards that it belongs to. */
  readonly #areHome = new WeakMap<FoundMessage, boolean>();

  constructor(runners: ShardRunners, clock: Clock) {
    this.#runners = runners;
    this.#clock = clock;
  }

  /**
   * What is found in the shards that were asked for: a path may be a branch in several of them, and a name alone a leaf too. A
   * replica that is not ready is left out, unless none is.
   */
  async find(request: Find, { isWanted }: OpenRequest): Promise<Replies['find']> {
    const { query, limit, shards, namesOnly, leavesOnly } = request;
    const search = { type: 'find', query, limit, namesOnly, leavesOnly, isWanted } as const;
    const answers = await this.#search(shards, (reply, fail) => ({ ...search, reply, fail }));
    const found = answers.map(({ answer }) => answer);
    const leaves = found.flatMap((one) => one.leaves);
    return {
      // A metric is in one shard only.
      leaves: namesOnly ? [...new Set(leaves)] : leaves,
      branches: [...new Set(found.flatMap((one) => one.branches))],
      shards: answers.map(({ shard }) => shard),
      truncated: found.some(({ truncated }) => truncated),
    };
  }

  async fetchMatching(
    { query, limit, shards, fromS, untilS, nowS, fold }: FetchMatching,
    { isWanted, onClose }: OpenRequest,
  ): Promise<Replies['fetchMatching']> {
    const into = new MatchingSeries(this.#rooms, (found, shard) => this.#isHome(found, shard));
    onClose(() => into.series.release());
    const window = { fromS, untilS, nowS };
    const type = 'fetchMatching' as const;
    const answers = await this.#search(shards, (reply, fail) => ({
      type,
      query,
      limit,
      window,
      into,
      isWanted,
      reply,
      fail,
    }));
    const truncated = answers.some(({ answer }) => answer.truncated);
    const answered = answers.map(({ shard }) => shard);
    const { names, series } = into;
    if (into.isUnread) return { names, truncated, shards: answered, blocks: null };
    const folded = fold && foldedReply(fold, names, series, nowS, this.#rooms);
    if (folded === undefined)
      return { names, truncated, shards: answered, blocks: series.blocks() };
    onClose(() => folded.rest.release());
    return {
      folded: folded.folded,
      names: folded.names,
      truncated,
      shards: answered,
      blocks: folded.rest.blocks(),
    };
  }

  async fetch(
    { names, fromS, untilS, nowS }: Fetch,
    { isWanted, onClose }: OpenRequest,
  ): Promise<Replies['fetch']> {
    const series = new SeriesBlocks(this.#rooms);
    onClose(() => series.release());
    const window = { fromS, untilS, nowS };
    const fetch = { type: 'fetch', names, window, series, isWanted } as const;
    const asked = [...this.#runners.placesByShard(names)].map(([shard, places]) =>
      this.#runners.of(shard).ask<void>((reply, fail) => ({ ...fetch, places, reply, fail })),
    );
    await Promise.all(asked);
    return { blocks: series.blocks() };
  }

  async #search(
    shards: readonly number[],
    search: (...answer: ToAnswer) => FindMessage | FetchMatchingMessage,
  ): Promise<{ shard: number; answer: FoundMessage }[]> {
    const runners = this.#runners.all.filter((runner) => shards.includes(runner.shard));
    const asked = runners.map((runner) => runner.ask<FoundMessage>(search));
    return this.#fromReady(runners, await Promise.allSettled(asked));
  }

  /** Somebody may have put a file into another shard than that which is asked for its name. */
  #isHome(found: FoundMessage, shard: number): boolean {
    const known = this.#areHome.get(found);
    if (known !== undefined) return known;
    const isHome = found.leaves.every((name) => this.#runners.shardOf(name) === shard);
    this.#areHome.set(found, isHome);
    return isHome;
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
