import { decodeBatch } from '../../protocols/batch.js';
import { PointBlock } from '../../protocols/points.js';
import type { NameRouter } from '../../routing/rings/name-router.js';
import type { Destination } from './destination.js';

/** Hands the points of log messages to the destinations that they are due at. */
export class FanOut {
  malformedBatches = 0;
  #router: NameRouter;
  #chosen: Uint16Array;
  readonly #block = new PointBlock();

  /** @param router its destinations are indexes into the `wanted` of `forward` */
  constructor(router: NameRouter) {
    this.#router = router;
    this.#chosen = new Uint16Array(router.destinationsMax);
  }

  /** Routes by another router from now on. */
  follow(router: NameRouter): void {
    this.#router = router;
    this.#chosen = new Uint16Array(router.destinationsMax);
  }

  /** Appends each point to those destinations that it is due at and that are `wanted`. */
  forward(batch: Uint8Array, wanted: readonly (Destination | undefined)[]): void {
    const block = this.#block;
    if (decodeBatch(batch, block) !== undefined) this.malformedBatches++;
    const { bytes, nameStart, nameEnd, timestamps, values, count } = block;
    const chosen = this.#chosen;
    for (let i = 0; i < count; i++) {
      const start = nameStart[i];
      const end = nameEnd[i];
      const found = this.#router.destinationsOf(bytes, start, end, chosen);
      for (let n = 0; n < found; n++) {
        // Carbon's ring of one node names it twice.
        if (n > 0 && chosen[n] === chosen[n - 1]) continue;
        wanted[chosen[n]]?.append(bytes, start, end, timestamps[i], values[i]);
      }
    }
  }
}
