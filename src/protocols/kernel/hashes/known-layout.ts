/** Where things lie that the program of known positions (`known-program.ts`) needs, from a beginning on. */

/** Names that are kept. */
const NAMES_MAX = 2 ** 20;
/** Longer names are not kept. */
export const NAME_BYTES_MAX = 1024;
/** What all records take together: 60 bytes for each of as many names as are kept. */
const RECORDS_BYTES = 60 * NAMES_MAX;
/** Names are compared and copied so many bytes at a time: up to so many are read and written behind them. */
export const STEP_BYTES = 16;
/** Of a record before its name: 16 bits for the length, and as many for the position. */
export const HEADER_BYTES = 4;
/** Entries of the table are addresses of records; half of them stay empty. */
export const TABLE_BITS = Math.log2(NAMES_MAX) + 1;
export const TABLE_BYTES = 4 * 2 ** TABLE_BITS;
/** So many entries are looked at for a name. */
export const PROBES = 8;

export interface KnownLayout {
  readonly startsAt: number;
  readonly endsAt: number;
  /** The positions of the names that were not known, in their order. */
  readonly hashedAt: number;
  /** The positions of all names. */
  readonly positionsAt: number;
  /** The indexes of the names that were not known. */
  readonly missesAt: number;
  /** For each number of bytes below `STEP_BYTES`, a mask for them. */
  readonly masksAt: number;
  /** The record that is expected next, and the end of all. */
  readonly nextAt: number;
  readonly recordsEndAt: number;
  readonly tableAt: number;
  readonly recordsAt: number;
  /** Records begin before this. */
  readonly recordsEnd: number;
  /** All that is behind the last record. */
  readonly end: number;
}

type Columns = Pick<KnownLayout, 'startsAt' | 'endsAt' | 'hashedAt'>;

/** @param from a multiple of 16 */
export function knownLayout(columns: Columns, from: number, pointsMax: number): KnownLayout {
  const missesAt = from + pointsMax * 2;
  const masksAt = missesAt + pointsMax * 2;
  const nextAt = masksAt + STEP_BYTES * STEP_BYTES;
  const tableAt = nextAt + STEP_BYTES;
  const recordsAt = tableAt + TABLE_BYTES;
  const recordsEnd = recordsAt + RECORDS_BYTES;
  return {
    ...columns,
    positionsAt: from,
    missesAt,
    masksAt,
    nextAt,
    recordsEndAt: nextAt + 4,
    tableAt,
    recordsAt,
    recordsEnd,
    end: recordsEnd + HEADER_BYTES + NAME_BYTES_MAX + 2 * STEP_BYTES,
  };
}
