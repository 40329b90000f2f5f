import { assert } from '../../assert.js';

/**
 * Follows the points of one acknowledged input through the batches they were split into: `done` is
 * called once every one of those batches is in its log.
 */
export class Ticket {
  #open = 1;
  readonly #done: () => void;

  constructor(done: () => void) {
    this.#done = done;
  }

  /** One more batch holds points of this input. */
  hold(): void {
    this.#open++;
  }

  /** A batch is stored, or (once) the input has been split completely. */
  release(): void {
    this.#open--;
    assert(this.#open >= 0, 'a ticket is released once for each hold');
    if (this.#open === 0) this.#done();
  }
}
