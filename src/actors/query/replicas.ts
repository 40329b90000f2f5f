import { CarbonbusError, errorText } from '../../errors.js';
import type { ShardMap } from '../../routing/shard-map.js';
import type { Membership } from '../membership/membership.js';
import { type Clock, sleep } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { replicasToAsk } from './replica-choice.js';

/** Once each shard has one answer, the other replicas have this long to fill its holes. */
const GRACE_MS = 250;

export interface Completeness {
  shardsAsked: number;
  shardsAnswered: number;
  /** Points that the preferred replica lacked and another had. */
  filledPoints: number;
}

/** What one node was asked, and what came back. */
export interface Asked<R> {
  node: string;
  /** The shards it was asked about, each with the place of this node among the shard's replicas, best 0. */
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

  constructor(options: ReplicasOptions) {
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
  ): Promise<Completeness & { answers: R[] }> {
    const shards = Array.from({ length: this.#shardMap.shardCount }, (_, shard) => shard);
    const asked = await this.ask(shards, ask, answeredBy);
    const answers = asked.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
    return { answers, filledPoints: 0, ...coverage(shards, asked) };
  }

  /**
   * Asks the likely replicas of all shards at once, then the doubtful ones of shards that nobody answered
   * for.
   *
   * @param answeredBy the shards that an answer is about, where a node may leave some out
   */
  async ask<R>(
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

export function coverage<R>(
  shards: readonly number[],
  asked: readonly Asked<R>[],
): { shardsAsked: number; shardsAnswered: number } {
  const shardsAnswered = answeredShards(asked).size;
  if (shards.length > 0 && shardsAnswered === 0) {
    throw new CarbonbusError('NO_REPLICA', 'no node answered: is any node of the cluster up?');
  }
  return { shardsAsked: shards.length, shardsAnswered };
}
