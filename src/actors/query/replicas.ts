import { CarbonbusError, errorText } from '../../errors.js';
import type { ShardMap } from '../../routing/shard-map.js';
import type { Membership } from '../membership/membership.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { type Ask, type Asked, Asking } from './asking.js';
import type { Inquiry, Told } from './inquiry.js';
import { type ReplicaChoice, replicasToAsk } from './replica-choice.js';

export type { Asked } from './asking.js';

/** Once each shard has one answer, the other replicas have this long to fill its holes, where not all has to be there. */
const GRACE_MS = 250;
/** A replica that has not answered by then may be gone: others are asked besides. */
export const HEDGE_MS = 250;

interface AskOptions<R> {
  readonly answeredBy?: (answer: R) => readonly number[];
  readonly asksAll?: boolean;
  readonly hedgeMs?: number;
}

export interface ReplicasOptions {
  readonly membership: Membership;
  readonly shardMap: ShardMap;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The replicas of the shards, to be asked: the live ones first, and each shard until one has answered. */
export class Replicas {
  readonly #membership: Membership;
  readonly #shardMap: ShardMap;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #inquiry: Inquiry;

  /** @param inquiry is told what came back, and ends the asking when nobody waits for it */
  constructor(options: ReplicasOptions, inquiry: Inquiry) {
    this.#inquiry = inquiry;
    this.#membership = options.membership;
    this.#shardMap = options.shardMap;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /**
   * Asks nodes until replicas of all shards have answered, or none is left: of each shard the first one if that is whole.
   *
   * @param answeredBy the shards that an answer is about
   * Errors: `NO_REPLICA` when nobody answers.
   */
  async askAll<R>(
    ask: (node: string, shards: number[]) => Promise<R>,
    answeredBy: (answer: R) => readonly number[],
  ): Promise<R[]> {
    const shards = Array.from({ length: this.#shardMap.shardCount }, (_, shard) => shard);
    const asked = await this.askFirst(shards, ask, { answeredBy });
    expectAnswer(asked);
    return asked.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
  }

  /**
   * Asks the likely replicas of all shards at once, then the doubtful ones of shards that nobody answered for.
   *
   * @throws CarbonbusError `CLIENT_GONE`; `PARTIAL_ANSWER` where that is not good enough
   */
  ask<R>(shards: readonly number[], ask: Ask<R>): Promise<Asked<R>[]> {
    return this.askFirst(shards, ask, { asksAll: true });
  }

  /**
   * As `ask`, but of a shard whose first replica is whole this one alone is asked, and the others only when it does not answer
   * soon.
   *
   * @param options.answeredBy the shards that an answer is about, where a node may leave some out
   * @param options.asksAll asks the other likely ones at once as well
   * @param options.hedgeMs how long a replica is waited for before the next one is asked besides
   */
  async askFirst<R>(
    shards: readonly number[],
    ask: Ask<R>,
    { answeredBy, asksAll = false, hedgeMs = HEDGE_MS }: AskOptions<R> = {},
  ): Promise<Asked<R>[]> {
    const asking = this.#asking(ask, answeredBy);
    const choices = this.#choices(shards);
    asking.ask(choices, ({ isFirstWhole, likely }) =>
      isFirstWhole && !asksAll ? likely.slice(0, 1) : likely,
    );
    await asking.answered(hedgeMs, this.#graceMs);
    this.#inquiry.checkWanted();
    for (const which of ['likely', 'doubtful'] as const) {
      const missing = asking.missing(shards);
      if (missing.length === 0) break;
      const isLast = which === 'doubtful';
      asking.ask(this.#choices(missing), (choice) => choice[which]);
      await asking.answered(isLast ? Number.POSITIVE_INFINITY : hedgeMs, 0);
      this.#inquiry.checkWanted();
    }
    const asked = asking.end();
    const behind = shards.filter((shard) => {
      const nodes = asked.filter((one) => one.answer !== undefined && one.shards.has(shard));
      const { live = [] } = choices.get(shard) ?? {};
      return nodes.length > 0 && !nodes.some(({ node }) => live.includes(node));
    });
    this.#inquiry.note({ shards, behind, nodes: asked.map(toldBy) });
    return asked;
  }

  /** Asks the likely replicas that were not asked before, which have a moment to answer: there is an answer already. */
  async askOthers<R>(
    before: readonly Asked<R>[],
    shards: readonly number[],
    ask: Ask<R>,
  ): Promise<Asked<R>[]> {
    const asking = this.#asking(ask, undefined);
    const wasAsked = (node: string, shard: number) =>
      before.some((one) => one.node === node && one.asked.includes(shard));
    asking.ask(this.#choices(shards), ({ likely }, shard) =>
      likely.filter((node) => !wasAsked(node, shard)),
    );
    await asking.answered(this.#graceMs, 0);
    this.#inquiry.checkWanted();
    const asked = asking.end();
    this.#inquiry.note({ shards: [], behind: [], nodes: asked.map(toldBy) });
    return asked;
  }

  /**
   * Those of some shards about which a replica was asked and did not answer, or whose only replica that is there knows of a gap
   * that another one could fill.
   */
  unheard<R>(shards: Iterable<number>, asked: readonly Asked<R>[]): number[] {
    return [...shards].filter((shard) => {
      const some = asked.filter((one) => one.asked.includes(shard));
      const heard = some.filter((one) => one.answer !== undefined && one.shards.has(shard));
      if (heard.length < some.length) return true;
      const choice = replicasToAsk(this.#shardMap, this.#membership, shard);
      return choice.hasGap && heard.length < choice.ranked.length;
    });
  }

  get #graceMs(): number {
    return this.#inquiry.requireComplete ? Number.POSITIVE_INFINITY : GRACE_MS;
  }

  #asking<R>(ask: Ask<R>, answeredBy: AskOptions<R>['answeredBy']): Asking<R> {
    return new Asking(ask, answeredBy, this.#clock, (node, error) => {
      if (this.#inquiry.isGone) return;
      this.#log.warn({ node, error: errorText(error) }, 'a node did not answer');
    });
  }

  #choices(shards: readonly number[]): Map<number, ReplicaChoice> {
    return new Map(
      shards.map((shard) => [shard, replicasToAsk(this.#shardMap, this.#membership, shard)]),
    );
  }
}

function toldBy<R>({ node, asked, shards, answer }: Asked<R>): Told['nodes'][number] {
  return { node, asked, answered: answer === undefined ? [] : shards.keys() };
}

/** @throws CarbonbusError `NO_REPLICA` where there is not one answer */
export function expectAnswer<R>(asked: readonly Asked<R>[]): void {
  if (asked.length === 0 || asked.some(({ answer, shards }) => answer && shards.size > 0)) return;
  const said = asked.find(({ failure }) => failure !== undefined);
  const why = said ? `${said.node}: ${said.failure}` : 'is any node of the cluster up?';
  throw new CarbonbusError('NO_REPLICA', `no node answered: ${why}`);
}
