import { CarbonbusError, errorText } from '../../errors.js';
import type { ShardMap } from '../../routing/shard-map.js';
import type { Membership } from '../membership/membership.js';
import { type Clock, sleep } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Inquiry, Told } from './inquiry.js';
import { replicasToAsk } from './replica-choice.js';

/** Once each shard has one answer, the other replicas have this long to fill its holes. */
const GRACE_MS = 250;

/** What one node was asked, and what came back. */
export interface Asked<R> {
  node: string;
  asked: readonly number[];
  /** The shards it was asked about, but those that its answer leaves out; each with the place of this node among the shard's replicas, best 0. */
  shards: Map<number, number>;
  answer: R | undefined;
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
   * Asks nodes until replicas of all shards have answered, or none is left.
   *
   * @param answeredBy the shards that an answer is about
   * Errors: `NO_REPLICA` when nobody answers.
   */
  async askAll<R>(
    ask: (node: string) => Promise<R>,
    answeredBy: (answer: R) => readonly number[],
  ): Promise<R[]> {
    const shards = Array.from({ length: this.#shardMap.shardCount }, (_, shard) => shard);
    const asked = await this.ask(shards, ask, answeredBy);
    expectAnswer(asked);
    return asked.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
  }

  /**
   * Asks the likely replicas of all shards at once, then the doubtful ones of shards that nobody answered
   * for.
   *
   * @param answeredBy the shards that an answer is about, where a node may leave some out
   * @throws CarbonbusError `CLIENT_GONE`; `PARTIAL_ANSWER` where that is not good enough
   */
  async ask<R>(
    shards: readonly number[],
    ask: (node: string, shards: number[]) => Promise<R>,
    answeredBy?: (answer: R) => readonly number[],
  ): Promise<Asked<R>[]> {
    const asked = await this.#askUntilAnswered(shards, ask, answeredBy);
    this.#inquiry.note({ shards, nodes: asked.map(toldBy) });
    return asked;
  }

  async #askUntilAnswered<R>(
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
    this.#inquiry.checkWanted();
    const answered = answeredShards(likely);
    const missing = shards.filter((shard) => !answered.has(shard));
    if (missing.length === 0) return likely;
    const doubtful = await this.#askNodes(
      missing.map((shard) => [shard, choices.get(shard)?.doubtful ?? []]),
      ask,
      answeredBy,
    );
    this.#inquiry.checkWanted();
    return [...likely, ...doubtful];
  }

  async #askNodes<R>(
    preferences: [shard: number, nodes: string[]][],
    ask: (node: string, shards: number[]) => Promise<R>,
    answeredBy?: (answer: R) => readonly number[],
  ): Promise<Asked<R>[]> {
    const asked: Asked<R>[] = [];
    for (const [node, shards] of shardsByNode(preferences)) {
      asked.push({ node, asked: [...shards.keys()], shards, answer: undefined });
    }
    const wanted = new Set(asked.flatMap((one) => [...one.shards.keys()]));
    let covered: () => void = () => undefined;
    const allCovered = new Promise<void>((resolve) => {
      covered = resolve;
    });
    const all = Promise.all(
      asked.map(async (one) => {
        try {
          const answer = await ask(one.node, [...one.asked]);
          const answered = new Set(answeredBy?.(answer) ?? one.asked);
          for (const shard of one.asked) {
            if (!answered.has(shard)) one.shards.delete(shard);
          }
          one.answer = answer;
          if (answeredShards(asked).size === wanted.size) covered();
        } catch (error) {
          if (this.#inquiry.signal.aborted) return;
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

function toldBy<R>({ node, asked, shards, answer }: Asked<R>): Told['nodes'][number] {
  return { node, asked, answered: answer === undefined ? [] : shards.keys() };
}

/** @throws CarbonbusError `NO_REPLICA` where there is not one answer */
export function expectAnswer<R>(asked: readonly Asked<R>[]): void {
  if (asked.length === 0 || answeredShards(asked).size > 0) return;
  throw new CarbonbusError('NO_REPLICA', 'no node answered: is any node of the cluster up?');
}
