/**
 * The capacity that follows `capacity` and holds `needed`. By an eighth at a time: a node has some forty columns of
 * millions of places, and twice as many places as metrics would be most of its memory.
 */
export function grownCapacity(capacity: number, needed: number): number {
  return Math.max(needed, Math.ceil(capacity * 1.125));
}

/** The values of a column in a longer one. */
export function copied<T extends Int32Array | Uint32Array | Uint8Array | Float64Array>(
  from: T,
  into: T,
): T {
  into.set(from);
  return into;
}
