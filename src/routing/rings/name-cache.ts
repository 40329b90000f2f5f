import { fnv1a32 } from '../hashes/fnv1a.js';
import type { NameRouter } from './name-router.js';

/** Names whose destinations are kept; a power of two. */
const SLOTS = 1 << 16;

interface Slot {
  readonly name: Uint8Array;
  readonly destinations: Uint16Array;
}

/**
 * Remembers what a slow router says of the names seen last, each destination once. A name has one place, by its hash: of
 * two that share it the later one is kept.
 */
export class NameCache implements NameRouter {
  readonly destinationsMax: number;
  readonly #router: NameRouter;
  readonly #slots: (Slot | undefined)[] = new Array(SLOTS);
  readonly #found: Uint16Array;

  /** @param destinationCount how many there are in all */
  constructor(router: NameRouter, destinationCount: number) {
    this.#router = router;
    this.destinationsMax = Math.min(router.destinationsMax, destinationCount);
    this.#found = new Uint16Array(router.destinationsMax);
  }

  destinationsOf(bytes: Uint8Array, start: number, end: number, into: Uint16Array): number {
    const place = fnv1a32(bytes, start, end) & (SLOTS - 1);
    let slot = this.#slots[place];
    if (slot === undefined || !isName(slot.name, bytes, start, end)) {
      slot = this.#ask(bytes, start, end);
      this.#slots[place] = slot;
    }
    const { destinations } = slot;
    for (let i = 0; i < destinations.length; i++) into[i] = destinations[i];
    return destinations.length;
  }

  #ask(bytes: Uint8Array, start: number, end: number): Slot {
    const count = this.#router.destinationsOf(bytes, start, end, this.#found);
    return {
      name: bytes.slice(start, end),
      destinations: Uint16Array.from(new Set(this.#found.subarray(0, count))),
    };
  }
}

function isName(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}
