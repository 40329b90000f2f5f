/*
 * How a batch of version 2 is written (`docs/formats/batch.md`): msgpack whose heads are put here, so that columns are copied once.
 */

export const FOLDED_VERSION = 2;

/** What a point takes at most, besides its name: two doubles, a newline, and how much of the name is shared. */
export const POINT_OVERHEAD_BYTES = 18;

/** A name shares so many bytes with the one before it at most: a byte says how many. */
export const SHARED_MAX = 255;

/** The columns of a batch, as `docs/formats/batch.md` has them. */
export interface FoldedColumns {
  /** For each name, how many of its first bytes are those of the name before it. */
  readonly shared: Uint8Array;
  /** The rest of each name, with a newline behind it. */
  readonly suffixes: Uint8Array;
  /** Of which `times` are offsets; undefined where they are doubles. */
  readonly from: number | undefined;
  readonly times: Uint8Array;
  readonly values: Uint8Array;
}

/** A batch that is being filled. */
export interface OpenBatch {
  /** Points in it. */
  readonly count: number;
  /** The batch, which has a point at least, as bytes to publish, in `room` where that is large enough; it is empty afterwards. */
  seal(room?: Uint8Array): Uint8Array;
}

const NO_ROOM = new Uint8Array(0);
/** A map of so many entries, the first of which is its version. */
const mapOf = (entries: number): Buffer =>
  Buffer.from([0x80 | entries, 0xa1, 0x76, FOLDED_VERSION]);
const key = (name: string): Buffer =>
  Buffer.from(`${String.fromCharCode(0xa0 | name.length)}${name}`, 'latin1');
const HEAD = mapOf(5);
const HEAD_FROM = mapOf(6);
const SHARED = key('shared');
const NAMES = key('names');
const FROM = key('from');
const TIMES = key('times');
const VALUES = key('values');
/** Of a batch besides its columns: heads, keys and a double with its byte in front. */
export const HEADS_BYTES_MAX = 64;

/** The batch as bytes, in `room` where it fits. */
export function writeFolded(columns: FoldedColumns, room: Uint8Array = NO_ROOM): Uint8Array {
  const { shared, suffixes, from, times, values } = columns;
  const lengthMax =
    HEADS_BYTES_MAX + shared.length + suffixes.length + times.length + values.length;
  const bytes = lengthMax <= room.length ? room : new Uint8Array(lengthMax);
  let at = put(bytes, 0, from === undefined ? HEAD : HEAD_FROM);
  at = putBin(bytes, at, SHARED, shared);
  at = putBin(bytes, at, NAMES, suffixes);
  if (from !== undefined) at = putDouble(bytes, put(bytes, at, FROM), from);
  at = putBin(bytes, at, TIMES, times);
  return bytes.subarray(0, putBin(bytes, at, VALUES, values));
}

/** How many points a batch has, without decoding it; undefined where it is not of this version. */
export function pointsOfFolded(payload: Uint8Array): number | undefined {
  const sharedAt = HEAD.length + SHARED.length;
  if (payload[HEAD.length - 1] !== FOLDED_VERSION || payload.length < sharedAt + 5)
    return undefined;
  let count = 0;
  for (let i = 1; i <= 1 << (payload[sharedAt] - 0xc4); i++)
    count = count * 0x100 + payload[sharedAt + i];
  return count;
}

function put(into: Uint8Array, at: number, bytes: Uint8Array): number {
  into.set(bytes, at);
  return at + bytes.length;
}

function putDouble(into: Uint8Array, at: number, value: number): number {
  into[at] = 0xcb;
  new DataView(into.buffer, into.byteOffset).setFloat64(at + 1, value);
  return at + 9;
}

/** A key and a byte string with its head, which holds the length in 1, 2 or 4 bytes. */
function putBin(into: Uint8Array, from: number, name: Uint8Array, bytes: Uint8Array): number {
  const at = put(into, from, name);
  const { length } = bytes;
  const lengthBytes = length < 0x100 ? 1 : length < 0x10000 ? 2 : 4;
  into[at] = lengthBytes === 1 ? 0xc4 : lengthBytes === 2 ? 0xc5 : 0xc6;
  for (let i = 1; i <= lengthBytes; i++) into[at + i] = length >>> (8 * (lengthBytes - i));
  return put(into, at + 1 + lengthBytes, bytes);
}
