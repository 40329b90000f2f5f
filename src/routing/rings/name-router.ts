import type { PointBlock } from '../../protocols/points.js';

/** In a column of destinations: none. */
export const NOWHERE = 0xffff;

/**
 * Chooses destinations for names. Destinations are indexes into a list that the maker of the router has; fewer
 * than `NOWHERE`.
 */
export interface NameRouter {
  /** How many destinations a name has at most. */
  readonly destinationsMax: number;

  /**
   * Writes the destinations of the name `bytes[start, end)` into `into`, first choice first, and returns how many they
   * are; `into` has room for `destinationsMax`. For every point: no allocation.
   */
  destinationsOf(bytes: Uint8Array, start: number, end: number, into: Uint16Array): number;

  /** What the function of this name does, where a router can do it for all points at once. */
  destinationsOfBlock?(block: PointBlock, from: number, to: number, into: Uint16Array): void;
}

/**
 * Writes the destinations of the points `[from, to)`, each once: for each point `destinationsMax` entries of `into`, from
 * index 0 on, with `NOWHERE` behind its last one.
 */
export function destinationsOfBlock(
  router: NameRouter,
  block: PointBlock,
  from: number,
  to: number,
  into: Uint16Array,
): void {
  if (router.destinationsOfBlock === undefined) pointByPoint(router, block, from, to, into);
  else router.destinationsOfBlock(block, from, to, into);
}

/** As `destinationsOfBlock`, of any router. */
export function pointByPoint(
  router: NameRouter,
  { bytes, nameStart, nameEnd }: PointBlock,
  from: number,
  to: number,
  into: Uint16Array,
): void {
  const { destinationsMax } = router;
  const found = new Uint16Array(destinationsMax);
  for (let i = from, at = 0; i < to; i++, at += destinationsMax) {
    const count = router.destinationsOf(bytes, nameStart[i], nameEnd[i], found);
    putOnce(found, count, into, at, destinationsMax);
  }
}

/** Carbon's ring of one node names it twice. */
export function putOnce(
  found: ArrayLike<number>,
  length: number,
  into: Uint16Array,
  at: number,
  room: number,
): void {
  let kept = 0;
  for (let n = 0; n < length; n++)
    if (n === 0 || found[n] !== found[n - 1]) into[at + kept++] = found[n];
  into.fill(NOWHERE, at + kept, at + room);
}

/** The destinations of a name that is text: queries, commands, tests. */
export function destinationsOfName(router: NameRouter, name: string): number[] {
  const bytes = Buffer.from(name);
  const into = new Uint16Array(router.destinationsMax);
  return [...into.subarray(0, router.destinationsOf(bytes, 0, bytes.length, into))];
}
