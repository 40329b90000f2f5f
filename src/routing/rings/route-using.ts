import { pythonRegex } from '../../config/python-regex.js';
import { type Substitution, substitution } from '../../config/python-replacement.js';
import type { NameRouter } from './name-router.js';

/** carbon-c-relay's `route using`: what a name that matches `pattern` is hashed as. */
export interface RouteUsing {
  readonly pattern: string;
  /** May hold `\1` to `\9`. */
  readonly using: string;
}

/**
 * Routes a name by another one, made from it by the first rule that matches; points are sent on under their own. Slow,
 * as it matches patterns: to be put behind a cache of names.
 */
export class RouteUsingRouter implements NameRouter {
  readonly destinationsMax: number;
  readonly #router: NameRouter;
  readonly #rules: readonly { matches(name: string): boolean; rename: Substitution }[];

  /** Errors: `REGEX_INVALID`, `REPLACEMENT_INVALID`. */
  constructor(router: NameRouter, rules: readonly RouteUsing[]) {
    this.destinationsMax = router.destinationsMax;
    this.#router = router;
    this.#rules = rules.map(({ pattern, using }) => {
      const regex = pythonRegex(pattern);
      return { matches: (name) => regex.test(name), rename: substitution(regex, using) };
    });
  }

  /** The name that `name` is hashed as. */
  hashedAs(name: string): string {
    return this.#rules.find(({ matches }) => matches(name))?.rename(name) ?? name;
  }

  destinationsOf(bytes: Uint8Array, start: number, end: number, into: Uint16Array): number {
    const name = Buffer.from(bytes.subarray(start, end)).toString();
    const hashed = Buffer.from(this.hashedAs(name));
    return this.#router.destinationsOf(hashed, 0, hashed.length, into);
  }
}
