import type { AggregationRule } from '../rules/aggregation-rules.js';
import { destinationsOfName, type NameRouter } from './name-router.js';

/**
 * Carbon's `aggregated-consistent-hashing` and `fast-aggregated-hashing`: a point goes where the aggregates that it is
 * part of go, and only where no rule takes it, where its own name goes. So one aggregator gets all inputs of an output.
 * Destinations are in ascending order; in Carbon their order is that of a set.
 *
 * Slow, as it matches patterns: to be put behind a cache of names.
 */
export class AggregatedRouter implements NameRouter {
  readonly destinationsMax: number;
  readonly #rules: readonly AggregationRule[];
  readonly #router: NameRouter;

  constructor(router: NameRouter, rules: readonly AggregationRule[]) {
    this.#router = router;
    this.#rules = rules;
    this.destinationsMax = router.destinationsMax * Math.max(1, rules.length);
  }

  destinationsOf(bytes: Uint8Array, start: number, end: number, into: Uint16Array): number {
    const name = Buffer.from(bytes.subarray(start, end)).toString();
    const outputs = this.#rules.flatMap((rule) => rule.outputOf(name) ?? []);
    const hashed = outputs.length === 0 ? [name] : outputs;
    const chosen = new Set(hashed.flatMap((output) => destinationsOfName(this.#router, output)));
    into.set([...chosen].sort((a, b) => a - b));
    return chosen.size;
  }
}
