/** What a node may make one series of many by; averages are made of sums. */
export type FoldKind = 'sum' | 'max' | 'min';

/** Whether there may be tags in a name: a combination has those that all of its series have. */
export function mayHaveTags(name: string): boolean {
  return name.includes(';') || name.endsWith('}');
}

/** Several series of one window, made one at a node. */
export interface FoldedBlock {
  startS: number;
  endS: number;
  stepS: number;
  /** How many series it was. */
  count: number;
  /** Little-endian doubles; of no meaning where none of the series has a point. */
  values: Uint8Array;
  /** How many of the series have no point, at each time: little-endian u32; empty where none lacks any. */
  missing: Uint8Array;
  /** The largest of the values, without its sign; 0 unless they were added up. */
  largest: number;
  /** A whole number of times this, a power of two, is each of the values; 1 unless they were added up. */
  unit: number;
}
