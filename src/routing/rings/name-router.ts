/**
 * Chooses destinations for names. Destinations are indexes into a list that the maker of the router has; at most
 * 65,536 of them.
 */
export interface NameRouter {
  /** How many destinations a name has at most. */
  readonly destinationsMax: number;

  /**
   * Writes the destinations of the name `bytes[start, end)` into `into`, first choice first, and returns how many they
   * are; `into` has room for `destinationsMax`. For every point: no allocation.
   */
  destinationsOf(bytes: Uint8Array, start: number, end: number, into: Uint16Array): number;
}

/** The destinations of a name that is text: queries, commands, tests. */
export function destinationsOfName(router: NameRouter, name: string): number[] {
  const bytes = Buffer.from(name);
  const into = new Uint16Array(router.destinationsMax);
  return [...into.subarray(0, router.destinationsOf(bytes, 0, bytes.length, into))];
}
