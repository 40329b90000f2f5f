import { CarbonbusError, errorCode, errorText } from '../../errors.js';
import type { NodeAccounts } from '../../protocols/audit-messages.js';
import { decode, encode } from '../../protocols/codec.js';
import type {
  LocateReply,
  Replies,
  Reply,
  Request,
  SentRequest,
} from '../../protocols/messages.js';
import type { ShardHash } from '../../routing/shard-hash.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { NodeRepairs } from '../repair/node-repairs.js';
import type { QueueBudget } from '../shard/budget.js';
import type { ReplicaRunner } from '../shard/replica-runner.js';
import type { Node } from './node.js';
import type { NodeDrain } from './node-drain.js';
import type { NodeMigration } from './node-migration.js';
import { NodeReads } from './node-reads.js';
import { type OpenRequest, OpenRequests } from './open-requests.js';
import { ShardRunners } from './shard-runners.js';

type Named<M> = M extends { names: string[] } ? M : never;

/** What bounds the writing of a node, as its accounts tell it. */
export interface NodeLimits
  extends Pick<NodeAccounts, 'writeDelayMs' | 'updatesPerSecond' | 'createsPerMinute'> {
  budget: Pick<QueueBudget, 'points' | 'pointsMax'>;
}

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
  readonly #limits: NodeLimits;
  readonly #runners: ShardRunners;
  readonly #reads: NodeReads;
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
    this.#limits = parts.limits;
    this.#runners = new ShardRunners(parts.node, parts.shardHash);
    this.#reads = new NodeReads(this.#runners, parts.clock);
    this.#migration = parts.migration;
    this.#repairs = parts.repairs;
    this.#drain = parts.drain;
    this.#log = parts.log;
  }

  async answer(bytes: Uint8Array): Promise<Uint8Array> {
    let open: OpenRequest | undefined;
    try {
      const request = decode(bytes) as SentRequest;
      if (request.type === 'cancel') {
        this.#open.cancel(request.id);
        return encode({ ok: true, value: null });
      }
      if (this.#open.count >= REQUESTS_MAX) {
        this.counters.requestsRefused++;
        return encode({ ok: false, code: 'NODE_BUSY', message: `${REQUESTS_MAX} requests wait` });
      }
      open = this.#open.open(request.asked);
      const value = await this.#reply(request, open);
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

  async #reply(request: Request, open: OpenRequest): Promise<Replies[Request['type']]> {
    switch (request.type) {
      case 'find':
        return this.#reads.find(request, open);
      case 'fetch':
        return this.#reads.fetch(request, open);
      case 'fetchMatching':
        return this.#reads.fetchMatching(request, open);
      case 'cached':
        return this.#byShard(request, (runner, message) =>
          runner.ask<Replies['cached']['metrics']>((reply, fail) => ({ ...message, reply, fail })),
        ).then((metrics) => ({ metrics }));
      case 'locate':
        return this.#runners
          .ofName(request.name)
          .ask<LocateReply>((reply, fail) => ({ ...request, reply, fail }));
      case 'info':
        return this.#byShard(request, (runner, message) =>
          runner.ask<Replies['info']['metrics']>((reply, fail) => ({ ...message, reply, fail })),
        ).then((metrics) => ({ metrics }));
      case 'setAggregationMethod':
        return this.#runners
          .ofName(request.name)
          .ask<string | null>((reply, fail) => ({ ...request, reply, fail }))
          .then((old) => ({ old }));
      case 'tags':
        return this.#reads.tags(request, open.isWanted);
      case 'changeTags':
        return this.#runners.of(request.shard).ask<null>((reply, fail) => ({
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
      case 'giveUpGaps':
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
      replicas: this.#runners.all.map((runner) => runner.accounts()),
    };
  }

  async #byShard<M extends Named<Request>, R>(
    request: M,
    ask: (runner: ReplicaRunner, message: M) => Promise<R[]>,
  ): Promise<R[]> {
    const answers = await Promise.all(
      [...this.#runners.placesByShard(request.names)].map(([shard, places]) =>
        ask(this.#runners.of(shard), { ...request, names: places.map((i) => request.names[i]) }),
      ),
    );
    return answers.flat();
  }
}
