import { CarbonbusError, errorCode, errorText } from '../../errors.js';
import type { NodeAccounts } from '../../protocols/audit-messages.js';
import { decode, encode } from '../../protocols/codec.js';
import type {
  FoundMessage,
  LocateReply,
  Replies,
  Reply,
  Request,
  SentRequest,
  SeriesBlock,
  TagAnswer,
} from '../../protocols/messages.js';
import { TOOK_TOO_LONG } from '../../protocols/messages.js';
import { placedAnew } from '../../protocols/series-blocks.js';
import { type ShardHash, shardOfName } from '../../routing/shard-hash.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { NodeRepairs } from '../repair/node-repairs.js';
import type { QueueBudget } from '../shard/budget.js';
import type { ReplicaRunner } from '../shard/replica-runner.js';
import type { Node } from './node.js';
import type { NodeDrain } from './node-drain.js';
import type { NodeMigration } from './node-migration.js';
import { type OpenRequest, OpenRequests } from './open-requests.js';

type Find = Extract<Request, { type: 'find' }>;
type Fetch = Extract<Request, { type: 'fetch' }>;
type FetchMatching = Extract<Request, { type: 'fetchMatching' }>;
type Tags = Extract<Request, { type: 'tags' }>;
type Named<M> = M extends { names: string[] } ? M : never;

/** What bounds the writing of a node, as its accounts tell it. */
export interface NodeLimits
  extends Pick<NodeAccounts, 'writeDelayMs' | 'updatesPerSecond' | 'createsPerMinute'> {
  budget: Pick<QueueBudget, 'points' | 'pointsMax'>;
}

/** Metrics that are read before anybody knows their names: as many as an asker puts into its first request. */
const MATCHING_MAX = 64;
/** Requests in hand at a time; the asker turns to another replica when one more is refused. */
const REQUESTS_MAX = 1_000;

/** Answers the requests that reach a node, each by the replicas of the shards that it concerns. */
export class NodeRequests {
  readonly counters = {
    /** Requests that were refused since too many were in hand. */
    requestsRefused: 0,
    /** Reads that were given up since nobody waited for them any more. */
    readsGivenUp: 0,
  };
  readonly #open: OpenRequests;
  readonly #clock: Clock;
  readonly #node: Node;
  readonly #limits: NodeLimits;
  readonly #shardHash: ShardHash;
  readonly #migration: NodeMigration;
  readonly #repairs: Pick<NodeRepairs, 'answer'>;
  readonly #drain: NodeDrain;
  readonly #log: Logger;

  constructor(parts: {
    node: Node;
    limits: NodeLimits;
    shardHash: ShardHash;
    migration: NodeMigration;
    repairs: Pick<NodeRepairs, 'answer'>;
    drain: NodeDrain;
    clock: Clock;
    log: Logger;
  }) {
    this.#open = new OpenRequests(parts.clock);
    this.#clock = parts.clock;
    this.#node = parts.node;
    this.#limits = parts.limits;
    this.#shardHash = parts.shardHash;
    this.#migration = parts.migration;
    this.#repairs = parts.repairs;
    this.#drain = parts.drain;
    this.#log = parts.log;
  }

  async answer(bytes: Uint8Array): Promise<Uint8Array> {
    let open: OpenRequest | undefined;
    try {
      const { asked, ...request } = decode(bytes) as SentRequest;
      if (request.type === 'cancel') {
        this.#open.cancel(request.id);
        return encode({ ok: true, value: null });
      }
      if (this.#open.count >= REQUESTS_MAX) {
        this.counters.requestsRefused++;
        return encode({ ok: false, code: 'NODE_BUSY', message: `${REQUESTS_MAX} requests wait` });
      }
      open = this.#open.open(asked);
      const value = await this.#reply(request, open.isWanted);
      return encode({ ok: true, value } satisfies Reply<Request['type']>);
    } catch (error) {
      const code = errorCode(error) ?? 'REQUEST_FAILED';
      if (code === 'NOT_WANTED') this.counters.readsGivenUp++;
      else this.#log.error({ error: errorText(error) }, 'a request failed');
      return encode({ ok: false, code, message: errorText(error) });
    } finally {
      open?.close();
    }
  }

  async #reply(request: Request, isWanted: () => boolean): Promise<Replies[Request['type']]> {
    switch (request.type) {
      case 'find':
        return this.#find(request, isWanted);
      case 'fetch':
        return this.#fetch(request, isWanted);
      case 'fetchMatching':
        return this.#fetchMatching(request, isWanted);
      case 'cached':
        return this.#byShard(request, (runner, message) =>
          runner.ask<Replies['cached']['metrics']>((reply, fail) => ({ ...message, reply, fail })),
        ).then((metrics) => ({ metrics }));
      case 'locate':
        return this.#runner(shardOfName(this.#shardHash, request.name)).ask<LocateReply>(
          (reply, fail) => ({ ...request, reply, fail }),
        );
      case 'info':
        return this.#byShard(request, (runner, message) =>
          runner.ask<Replies['info']['metrics']>((reply, fail) => ({ ...message, reply, fail })),
        ).then((metrics) => ({ metrics }));
      case 'setAggregationMethod':
        return this.#runner(shardOfName(this.#shardHash, request.name))
          .ask<string | null>((reply, fail) => ({ ...request, reply, fail }))
          .then((old) => ({ old }));
      case 'tags':
        return this.#tags(request, isWanted);
      case 'changeTags':
        return this.#runner(request.shard).ask<null>((reply, fail) => ({
          ...request,
          reply,
          fail,
        }));
      case 'migrate':
        return this.#migration.answer(request);
      case 'nodeAccounts':
        return Promise.resolve(this.#accounts());
      case 'names':
      case 'digests':
      case 'slots':
      case 'gaps':
      case 'repair':
      case 'compare':
      case 'removeRetired':
        return this.#repairs.answer(request);
      case 'drain':
        return Promise.resolve(this.#drain.drain());
      case 'rejoin':
        return Promise.resolve(this.#drain.rejoin());
      default:
        throw new CarbonbusError('UNKNOWN_REQUEST', 'this node does not know the request');
    }
  }

  #accounts(): NodeAccounts {
    const { budget, ...limits } = this.#limits;
    return {
      ...limits,
      queuePoints: budget.points,
      queuePointsMax: budget.pointsMax,
      replicas: this.#node.runners.map((runner) => runner.accounts()),
    };
  }

  /**
   * What is found in the shards that were asked for: a path may be a branch in several of them, and a name alone a leaf too. A
   * replica that is not ready is left out, unless none is.
   */
  async #find(request: Find, isWanted: () => boolean): Promise<Replies['find']> {
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
    const runners = this.#node.runners.filter((runner) => shards.includes(runner.shard));
    const asked = runners.map((runner) =>
      runner.ask<FoundMessage>((reply, fail) => ({ ...search, reply, fail })),
    );
    return this.#fromReady(runners, await Promise.allSettled(asked));
  }

  async #fetchMatching(
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
    const byShard = this.#placesByShard(names);
    // Somebody may have put a file into another shard than that which is asked for its name.
    const areOurs = [...byShard.keys()].every((shard) => this.#node.runner(shard) !== undefined);
    if (!areOurs) return { ...found, blocks: null };
    const fetch = { type: 'fetch', names, fromS, untilS, nowS } as const;
    return { ...found, blocks: await this.#blocks(fetch, byShard, isWanted) };
  }

  async #fetch(request: Fetch, isWanted: () => boolean): Promise<Replies['fetch']> {
    return { blocks: await this.#blocks(request, this.#placesByShard(request.names), isWanted) };
  }

  async #blocks(
    request: Fetch,
    byShard: ReadonlyMap<number, readonly number[]>,
    isWanted: () => boolean,
  ): Promise<SeriesBlock[]> {
    const answers = await Promise.all(
      [...byShard].map(async ([shard, places]) => {
        const names = places.map((place) => request.names[place]);
        const blocks = await this.#runner(shard).ask<SeriesBlock[]>((reply, fail) => ({
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
  async #tags(request: Tags, isWanted: () => boolean): Promise<Replies['tags']> {
    const { runners } = this.#node;
    const asked: PromiseSettledResult<TagAnswer>[] = [];
    let tookTooLong = false;
    for (const runner of runners) {
      if (!isWanted()) throw new CarbonbusError('NOT_WANTED', 'nobody waits for the answer');
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

  async #byShard<M extends Named<Request>, R>(
    request: M,
    ask: (runner: ReplicaRunner, message: M) => Promise<R[]>,
  ): Promise<R[]> {
    const answers = await Promise.all(
      [...this.#placesByShard(request.names)].map(([shard, places]) =>
        ask(this.#runner(shard), { ...request, names: places.map((i) => request.names[i]) }),
      ),
    );
    return answers.flat();
  }

  /** The places of the names of each shard. */
  #placesByShard(names: readonly string[]): Map<number, number[]> {
    const places = new Map<number, number[]>();
    for (let i = 0; i < names.length; i++) {
      const shard = shardOfName(this.#shardHash, names[i]);
      const some = places.get(shard);
      if (some) some.push(i);
      else places.set(shard, [i]);
    }
    return places;
  }

  #runner(shard: number): ReplicaRunner {
    const runner = this.#node.runner(shard);
    if (runner) return runner;
    throw new CarbonbusError('WRONG_NODE', `this node has no replica of shard ${shard}`);
  }
}
