import type { RouteUsingRules } from '../rules/route-using-rules.js';
import type { NameRouter } from './name-router.js';

/**
 * Routes a name by the one that it is hashed as; points are sent on under their own. Slow, as it matches patterns: to be put
 * behind a cache of names.
 */
export class RouteUsingRouter implements NameRouter {
  readonly destinationsMax: number;
  readonly #router: NameRouter;
  readonly #rules: RouteUsingRules;

  constructor(router: NameRouter, rules: RouteUsingRules) {
    this.destinationsMax = router.destinationsMax;
    this.#router = router;
    this.#rules = rules;
  }

  destinationsOf(bytes: Uint8Array, start: number, end: number, into: Uint16Array): number {
    const name = Buffer.from(bytes.subarray(start, end)).toString();
    const hashed = Buffer.from(this.#rules.hashedAs(name));
    return this.#router.destinationsOf(hashed, 0, hashed.length, into);
  }
}
