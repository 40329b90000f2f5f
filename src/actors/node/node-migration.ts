import { CarbonbusError, errorText } from '../../errors.js';
import type { MigrationCursor, Replies, Request } from '../../protocols/messages.js';
import { GlobRefusal } from '../../routing/glob.js';
import { metricPattern } from '../../routing/metric-pattern.js';
import type { RuleCheck } from '../../storage/live-rules.js';
import type { Clock } from '../ports/clock.js';
import type { MigrateStep } from '../shard/messages.js';
import type { Node } from './node.js';

type Migrate = Extract<Request, { type: 'migrate' }>;

/** How long one request may work: well below the time that the asker waits. */
const REQUEST_MS = 500;

/**
 * Brings the files of a node's replicas in line with the storage rules, one bounded request after the other: whoever
 * stops asking has stopped the migration.
 */
export class NodeMigration {
  readonly #node: Node;
  readonly #clock: Clock;
  readonly #checkRules: () => RuleCheck;

  /** @param checkRules looks at the storage files, so that an edit of a moment ago counts */
  constructor(node: Node, clock: Clock, checkRules: () => RuleCheck) {
    this.#node = node;
    this.#clock = clock;
    this.#checkRules = checkRules;
  }

  /** Errors: `BAD_REQUEST`; `RULES_REFUSED` while an edit of the storage files is not in force. */
  async answer(request: Migrate): Promise<Replies['migrate']> {
    const matches = metricPattern(request.pattern);
    if (matches instanceof GlobRefusal) throw new CarbonbusError('BAD_REQUEST', matches.reason);
    const rules = this.#checkRules();
    if (rules.type === 'broken') throw new CarbonbusError('RULES_REFUSED', rules.reason);
    const untilMs = this.#clock.monotonicMs() + REQUEST_MS;
    const reply: Replies['migrate'] = {
      checked: 0,
      changed: 0,
      failures: [],
      refusals: [],
      left: 0,
      next: request.from ?? this.#shardAfter(-1),
    };
    while (reply.next !== null) {
      await this.#step(reply, reply.next, request.dryRun, matches);
      if (this.#clock.monotonicMs() >= untilMs) break;
      const rewritten = request.dryRun ? 0 : reply.changed + reply.failures.length;
      if (rewritten >= request.filesMax) break;
      await this.#clock.yieldNow();
    }
    reply.left = this.#left(reply.next);
    return reply;
  }

  /** One message to one replica. A replica that refuses is left out. */
  async #step(
    reply: Replies['migrate'],
    from: MigrationCursor,
    dryRun: boolean,
    matches: (name: string) => boolean,
  ): Promise<void> {
    const { shard } = from;
    try {
      const runner = this.#node.runner(shard);
      if (!runner) throw new CarbonbusError('WRONG_NODE', `no replica of shard ${shard}`);
      const step = await runner.ask<MigrateStep>((answer, fail) => ({
        ...{ type: 'migrate', shard, from, dryRun, matches },
        reply: answer,
        fail,
      }));
      reply.checked += step.checked;
      reply.changed += step.changed;
      reply.failures.push(...step.failures);
      reply.next = step.next ?? this.#shardAfter(shard);
    } catch (error) {
      reply.refusals.push({ shard, error: errorText(error) });
      reply.next = this.#shardAfter(shard);
    }
  }

  /** Where the next shard begins, in order of shards. */
  #shardAfter(shard: number): MigrationCursor | null {
    const after = this.#node.runners.map((runner) => runner.shard).filter((one) => one > shard);
    return after.length === 0 ? null : { shard: Math.min(...after), metric: 0, openedMs: 0 };
  }

  #left(next: MigrationCursor | null): number {
    if (next === null) return 0;
    let metrics = -next.metric;
    for (const runner of this.#node.runners) {
      if (runner.shard >= next.shard) metrics += runner.replica.metrics;
    }
    return Math.max(0, metrics);
  }
}
