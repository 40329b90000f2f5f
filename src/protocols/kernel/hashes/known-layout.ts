/** Where things lie that the program of known positions (`known-program.ts`) needs, from a beginning on. */

/** Names that are kept, where nobody says otherwise. */
export const NAMES_MAX = 2 ** 20;
/** Longer names are not kept. */
export const NAME_BYTES_MAX = 1024;
/** What all records take together: so much for each of as many names as are kept. */
const RECORD_BYTES = 60;
/** Names are compared and copied so many bytes at a time: up to so many are read and written behind them. */
export const STEP_BYTES = 16;
/** Of a record before its name: 16 bits for the length, and as many for the position; then a reference, where there are any. */
const HEADER_BYTES = 4;
export const REFERENCE_OFFSET = HEADER_BYTES;
/** Entries of the table are addresses of records. */
const ENTRY_BYTES = 4;
/** So many entries are looked at for a name. */
export const PROBES = 8;

export interface KnownLayout {
  readonly startsAt: number;
  readonly endsAt: number;
  /** The positions of the names that were not known, in their order. */
  readonly hashedAt: number;
  /** The positions of all names. */
  readonly positionsAt: number;
  /** What else is known of all names: a reference of 32 bits, 0 for none. Undefined where nothing is. */
  readonly referencesAt?: number;
  readonly headerBytes: number;
  /** The indexes of the names that were not known. */
  readonly missesAt: number;
  /** For each number of bytes below `STEP_BYTES`, a mask for them. */
  readonly masksAt: number;
  /** The record that is expected next, and the end of all. */
  readonly nextAt: number;
  readonly recordsEndAt: number;
  readonly nameBytesMax: number;
  /** Half of its entries stay empty; a power of two. */
  readonly tableBytes: number;
  readonly tableAt: number;
  readonly recordsAt: number;
  /** Records begin before this. */
  readonly recordsEnd: number;
  /** All that is behind the last record. */
  readonly end: number;
}

type Columns = Pick<
  KnownLayout,
  'startsAt' | 'endsAt' | 'hashedAt' | 'positionsAt' | 'referencesAt'
>;

/**
 * @param from a multiple of 16
 * @param limits of points of one call, of names, a power of two, and of the bytes of one
 */
export function knownLayout(
  columns: Columns,
  from: number,
  limits: { pointsMax: number; namesMax?: number; nameBytesMax?: number },
): KnownLayout {
  const { pointsMax, namesMax = NAMES_MAX, nameBytesMax = NAME_BYTES_MAX } = limits;
  const missesAt = from;
  const masksAt = missesAt + pointsMax * 2;
  const nextAt = masksAt + STEP_BYTES * STEP_BYTES;
  const tableAt = nextAt + STEP_BYTES;
  const tableBytes = 2 * ENTRY_BYTES * namesMax;
  const recordsAt = tableAt + tableBytes;
  const recordsEnd = recordsAt + RECORD_BYTES * namesMax;
  const headerBytes = HEADER_BYTES + (columns.referencesAt === undefined ? 0 : 4);
  return {
    ...columns,
    ...{ headerBytes, missesAt, masksAt, nextAt, recordsEndAt: nextAt + 4 },
    nameBytesMax: Math.min(nameBytesMax, NAME_BYTES_MAX),
    ...{ tableBytes, tableAt, recordsAt, recordsEnd },
    end: recordsEnd + headerBytes + NAME_BYTES_MAX + 2 * STEP_BYTES,
  };
}
