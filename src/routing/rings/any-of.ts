import { assert } from '../../assert.js';
import { fnv1a32Signed } from '../hashes/fnv1a.js';
import type { NameRouter } from './name-router.js';

/** carbon-c-relay's `any_of` cluster while all its servers are up: a name has one of them, by its hash. */
export class AnyOf implements NameRouter {
  readonly destinationsMax = 1;
  readonly #serverCount: number;

  constructor(serverCount: number) {
    assert(serverCount >= 1, 'a cluster has a server');
    this.#serverCount = serverCount;
  }

  destinationsOf(bytes: Uint8Array, start: number, end: number, into: Uint16Array): number {
    into[0] = fnv1a32Signed(bytes, start, end) % this.#serverCount;
    return 1;
  }
}
