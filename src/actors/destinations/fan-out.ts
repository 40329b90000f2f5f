import { decodeBatch } from '../../protocols/batch.js';
import { PointBlock } from '../../protocols/points.js';
import { NO_MESSAGE, type OpenMessages } from '../../protocols/writers/open-messages.js';
import { destinationsOfBlock, type NameRouter, NOWHERE } from '../../routing/rings/name-router.js';
import type { Destination } from './destination.js';
import type { Link } from './link.js';

const INITIAL_ENTRIES = 4096;
/** Of a destination in the table of links: the name of the point says which one. */
const BY_NAME = NO_MESSAGE - 1;

/** Hands the points of log messages to the destinations that they are due at. */
export class FanOut {
  malformedBatches = 0;
  #router: NameRouter;
  readonly #messages: OpenMessages;
  readonly #block = new PointBlock();
  /** By link. */
  readonly #takers: (Link | undefined)[] = [];
  /** By destination, whether it is wanted or not: the link that its points go to. */
  readonly #linkOf = new Uint16Array(NOWHERE + 1).fill(NO_MESSAGE);
  /** How many destinations there were last. */
  #known = 0;
  /** Of each point, its destinations, and then their links in the same places. */
  #chosen = new Uint16Array(INITIAL_ENTRIES);

  /**
   * @param router its destinations are indexes into the `wanted` of `forward`
   * @param messages by the index of the link that sends them
   */
  constructor(router: NameRouter, messages: OpenMessages) {
    this.#router = router;
    this.#messages = messages;
  }

  /** Routes by another router from now on. */
  follow(router: NameRouter): void {
    this.#router = router;
  }

  /** Appends each point to those destinations that it is due at and that are `wanted`. */
  forward(batch: Uint8Array, wanted: readonly (Destination | undefined)[]): void {
    const block = this.#block;
    if (decodeBatch(batch, block) !== undefined) this.malformedBatches++;
    const copies = this.#router.destinationsMax;
    const entries = block.count * copies;
    if (entries === 0) return;
    if (this.#chosen.length < entries) this.#chosen = new Uint16Array(2 * entries);
    destinationsOfBlock(this.#router, block, 0, block.count, this.#chosen);
    this.#prepare(wanted);
    if (!this.#areLinksNumberedAlike) this.#chooseLinks(entries, copies, wanted);
    this.#messages.append(block, this.#chosen, copies, this.#takers);
  }

  #prepare(wanted: readonly (Destination | undefined)[]): void {
    const known = Math.max(wanted.length, this.#known);
    this.#known = wanted.length;
    this.#linkOf.fill(NO_MESSAGE, 0, known);
    for (const [d, destination] of wanted.entries()) {
      if (destination === undefined) continue;
      this.#linkOf[d] = destination.onlyLink?.index ?? BY_NAME;
      for (const link of destination.links) this.#takers[link.index] = link;
    }
  }

  /** Whether the points of each destination go to the link of the same number: mostly all are wanted and have one daemon. */
  get #areLinksNumberedAlike(): boolean {
    const links = this.#messages.messages.length;
    for (let d = 0; d < links; d++) if (this.#linkOf[d] !== d) return false;
    // No destination is without a link, so there are no others.
    return true;
  }

  /** Puts links in the places of destinations. */
  #chooseLinks(
    entries: number,
    copies: number,
    wanted: readonly (Destination | undefined)[],
  ): void {
    const chosen = this.#chosen;
    const linkOf = this.#linkOf;
    for (let entry = 0; entry < entries; entry++) {
      const d = chosen[entry];
      const link = linkOf[d];
      chosen[entry] = link;
      if (link === BY_NAME) chosen[entry] = this.#linkByName(wanted[d], Math.floor(entry / copies));
    }
  }

  #linkByName(destination: Destination | undefined, i: number): number {
    const { bytes, nameStart, nameEnd } = this.#block;
    return destination?.linkFor(bytes, nameStart[i], nameEnd[i]).index ?? NO_MESSAGE;
  }
}
