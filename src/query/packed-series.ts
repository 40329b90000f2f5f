import type { Turns } from './evaluation.js';
import type { Series } from './series.js';

/** Lists of series as columns, which go from thread to thread at once, or lie in memory that these share; 10,000 objects would take a while on either side. */
export interface PackedSeries {
  /** Series of each list. */
  readonly counts: Uint32Array;
  /** The names of all, one after the other. */
  readonly names: string;
  /** Of each series: the length of its name, the buffer with its values, where they begin there, and how many they are. */
  readonly places: Uint32Array;
  /** Of each series: `startS`, `endS`, `stepS`. */
  readonly times: Float64Array;
  /** Several series may have their values in one. */
  readonly buffers: readonly ArrayBufferLike[];
}

const PLACES = 4;
const TIMES = 3;

/** Series that are packed between two looks at the clock. */
const PACKED_AT_ONCE = 64;

/**
 * Packs lists; others have their turn meanwhile. The values stay where they are: whoever hands on the buffers must not look at
 * them again.
 */
export async function packed(
  lists: readonly (readonly Series[])[],
  turns: Turns,
): Promise<PackedSeries> {
  const all = lists.flat();
  const places = new Uint32Array(all.length * PLACES);
  const times = new Float64Array(all.length * TIMES);
  const buffers = new Map<ArrayBufferLike, number>();
  let names = '';
  for (let i = 0; i < all.length; i++) {
    if (i % PACKED_AT_ONCE === PACKED_AT_ONCE - 1 && turns.isOver()) await turns.next();
    const { name, startS, endS, stepS, values } = all[i];
    const { buffer } = values;
    if (!buffers.has(buffer)) buffers.set(buffer, buffers.size);
    const place = i * PLACES;
    const time = i * TIMES;
    names += name;
    places[place] = name.length;
    places[place + 1] = buffers.get(buffer)!;
    places[place + 2] = values.byteOffset;
    places[place + 3] = values.length;
    times[time] = startS;
    times[time + 1] = endS;
    times[time + 2] = stepS;
  }
  return {
    counts: Uint32Array.from(lists, ({ length }) => length),
    names,
    places,
    times,
    buffers: [...buffers.keys()],
  };
}

/** The lists as they were packed. */
export function unpackSeries({
  counts,
  names,
  places,
  times,
  buffers,
}: PackedSeries): readonly (readonly Series[])[] {
  let at = 0;
  let nameAt = 0;
  const next = (): Series => {
    const place = at * PLACES;
    const time = at * TIMES;
    const nameEnd = nameAt + places[place];
    const name = names.slice(nameAt, nameEnd);
    const values = new Float64Array(
      buffers[places[place + 1]],
      places[place + 2],
      places[place + 3],
    );
    at++;
    nameAt = nameEnd;
    return { name, startS: times[time], endS: times[time + 1], stepS: times[time + 2], values };
  };
  return Array.from(counts, (count) => Array.from({ length: count }, next));
}
