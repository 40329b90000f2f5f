import type { Replies, Request, SeriesBlock } from '../../protocols/messages.js';
import type { ShardMap } from '../../routing/shard-map.js';
import type { Clock } from '../ports/clock.js';
import type { Ask } from './asking.js';
import type { Inquiry } from './inquiry.js';
import type { NodeClient } from './node-client.js';
import type { NodeParts, PartQuestion } from './node-parts.js';
import { WorkTurns } from './work-turns.js';

/** How long work on many names goes on before others have a turn: less than what a short request takes. */
const TURN_MS = 1;
/** Names between two looks at the clock. */
const NAMES_AT_ONCE = 64;

/** Questions of one inquiry about names, to the nodes that have their shards. */
export class NameQuestions {
  readonly #client: NodeClient;
  readonly #shardMap: ShardMap;
  readonly #clock: Clock;
  readonly #inquiry: Inquiry;
  readonly #parts: NodeParts;

  /** @param parts of questions of all inquiries */
  constructor(
    { client, shardMap, clock }: { client: NodeClient; shardMap: ShardMap; clock: Clock },
    inquiry: Inquiry,
    parts: NodeParts,
  ) {
    this.#client = client;
    this.#shardMap = shardMap;
    this.#clock = clock;
    this.#inquiry = inquiry;
    this.#parts = parts;
  }

  ask<R extends Request>(node: string, request: R): Promise<Replies[R['type']]> {
    return this.#client.ask('node', node, request, this.#inquiry);
  }

  /** A question was answered in one, without `inParts`. */
  noteShort(): void {
    this.#parts.pace.noteShort();
  }

  /** Nobody looks any more at the reply that these blocks are parts of. */
  giveBack(blocks: readonly SeriesBlock[]): void {
    if (blocks.length > 0) this.#client.giveBack(blocks[0].values);
  }

  /** Whether a metric of this name may be seen, if there is one. */
  maySee(name: string): boolean {
    const { prefixes } = this.#inquiry;
    return prefixes === undefined || prefixes.some((prefix) => name.startsWith(prefix));
  }

  turns(): WorkTurns {
    return new WorkTurns(this.#clock, this.#parts.pace, TURN_MS, () => this.#inquiry.checkWanted());
  }

  /** The places of the names that may be seen. */
  async placesByShard(
    names: readonly string[],
    turns = this.turns(),
  ): Promise<Map<number, number[]>> {
    const places = new Map<number, number[]>();
    for (let at = 0; at < names.length; at++) {
      if (at % NAMES_AT_ONCE === NAMES_AT_ONCE - 1 && turns.isOver()) await turns.next();
      if (this.maySee(names[at])) pushPlace(places, this.#shardMap.shardOfMetric(names[at]), at);
    }
    return places;
  }

  /** Asks a node about the names of its shards. */
  inParts<R>(
    names: readonly string[],
    placesOf: ReadonlyMap<number, readonly number[]>,
    questionTo: (node: string) => PartQuestion<R>,
  ): Ask<R[]> {
    return (node, shards, progress) => {
      const places = shards.flatMap((shard) => placesOf.get(shard) ?? []);
      return this.#parts.ask(names, places, questionTo(node), progress);
    };
  }
}

export function pushPlace(places: Map<number, number[]>, shard: number, at: number): void {
  const some = places.get(shard);
  if (some) some.push(at);
  else places.set(shard, [at]);
}
