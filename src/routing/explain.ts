import { type Destination, destinationText } from '../config/destination.js';
import type { NodeSpec } from './placement.js';
import { destinationsOfName, type NameRouter } from './rings/name-router.js';
import type { NameRules, NameSteps } from './rules/name-rules.js';
import type { RelayRules } from './rules/relay-rules.js';
import type { ShardHashType } from './shard-hash.js';
import type { ShardMap } from './shard-map.js';

/** What a relay does with a metric, from the name that came to the places where its points go. */
export interface Explanation extends NameSteps {
  readonly hash: ShardHashType;
  readonly shard: number;
  /** That keep the shard, the first choice first. */
  readonly nodes: readonly NodeSpec[];
  /** Sections of `relay-rules.conf` that the stored name falls under; empty where they are not used. */
  readonly relayRules: readonly string[];
  /** Legacy destinations of the stored name, as DESTINATIONS has them. */
  readonly destinations: readonly string[];
}

/** How a relay sends points on to other carbon daemons. */
export interface LegacyRouting {
  /** Gives indexes into `destinations`. */
  readonly router: NameRouter;
  readonly destinations: readonly Destination[];
  /** With RELAY_METHOD = rules. */
  readonly relayRules?: RelayRules;
}

/** Pure: nobody is asked, and nothing is counted. For a name that is kept out, the rest says where it would have gone. */
export function explainName(
  name: string,
  rules: NameRules,
  map: ShardMap,
  legacy?: LegacyRouting,
): Explanation {
  const steps = rules.stepsOf(name);
  const shard = map.shardOfMetric(steps.stored);
  const sent = legacy === undefined ? [] : destinationsOfName(legacy.router, steps.stored);
  return {
    ...steps,
    hash: map.hash.type,
    shard,
    nodes: map.nodesOf(shard),
    relayRules: legacy?.relayRules?.match(steps.stored).map((rule) => rule.name) ?? [],
    destinations: sent.flatMap((index) => {
      const destination = legacy?.destinations[index];
      return destination === undefined ? [] : [destinationText(destination)];
    }),
  };
}
