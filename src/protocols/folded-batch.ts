/*
 * How a batch of version 3 is written (`docs/formats/batch.md`): msgpack whose heads are put here, so that columns are copied once.
 */

export const FOLDED_VERSION = 3;

/** A name shares so many bytes with the one before it at most: a byte says how many. */
export const SHARED_MAX = 255;
/** Bytes of a node at most: the byte in front of it says how many, and with its highest bit that a name ends there. */
export const NODE_BYTES_MAX = 127;
export const ENDS_NAME = 0x80;
/** Only the last node of a name has fewer than this, where relays have folded it. */
export const NODE_BYTES_MIN = 6;
/** A node that follows as it is: it has no number yet. */
export const NEW_NODE = 255;
/** Numbers of nodes have one byte, from here on two, */
export const LONG_NUMBERS = 240;
/** so that so many nodes have one at most. */
export const NUMBERS_MAX = LONG_NUMBERS + (NEW_NODE - LONG_NUMBERS) * 0x100;
/** What all names of a batch take at most once they are unfolded. */
export const UNFOLDED_BYTES_MAX = 4 * 1024 * 1024;

/**
 * What a point takes at most, besides its name: two doubles, how much of the name is shared, and for the last node of a name a byte
 * more than the newline that it is counted with.
 */
export const POINT_OVERHEAD_BYTES = 18;

/** What names take at most when so many bytes of them are folded: for each node two bytes besides. */
export function foldedBytesMax(bytes: number): number {
  return bytes + Math.floor(bytes / 3);
}

/** What a point with a name of so many bytes takes at most. */
export function pointBytesMax(nameBytes: number): number {
  return foldedBytesMax(nameBytes + 1) + POINT_OVERHEAD_BYTES;
}

/** Names as a batch has them. */
export interface FoldedNames {
  /** For each name, how many of its first bytes are those of the name before it. */
  readonly shared: Uint8Array;
  /** The nodes that the rest of each name consists of. */
  readonly names: Uint8Array;
}

/** The columns of a batch, as `docs/formats/batch.md` has them. */
export interface FoldedColumns extends FoldedNames {
  /** Of which `times` are offsets; undefined where they are doubles. */
  readonly from: number | undefined;
  readonly times: Uint8Array;
  readonly values: Uint8Array;
}

/** Where a batch is written: so many bytes or more. */
export type RoomFor = (bytes: number) => Uint8Array;

/** A batch that is being filled. */
export interface OpenBatch {
  /** Points in it. */
  readonly count: number;
  /** The batch, which has a point at least, as bytes to publish, in the room that it asks for; it is empty afterwards. */
  seal(roomFor?: RoomFor): Uint8Array;
}

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
/** In front of a byte string whose length has one byte, or, two further on, four. */
const [BIN_8, BIN_32] = [0xc4, 0xc6];
/** Of a batch besides its columns: heads, keys and a double with its byte in front. */
export const HEADS_BYTES_MAX = 64;

/** The batch as bytes. */
export function writeFolded(
  columns: FoldedColumns,
  roomFor: RoomFor = (bytes) => new Uint8Array(bytes),
): Uint8Array {
  const { shared, names, from, times, values } = columns;
  const columnBytes = shared.length + names.length + times.length + values.length;
  const bytes = roomFor(HEADS_BYTES_MAX + columnBytes);
  let at = put(bytes, 0, from === undefined ? HEAD : HEAD_FROM);
  at = putBin(bytes, at, SHARED, shared);
  at = putBin(bytes, at, NAMES, names);
  if (from !== undefined) at = putDouble(bytes, put(bytes, at, FROM), from);
  at = putBin(bytes, at, TIMES, times);
  return bytes.subarray(0, putBin(bytes, at, VALUES, values));
}

/** How many points a batch has, without decoding it; undefined where it is not of this version, or broken. */
export function pointsOfFolded(payload: Uint8Array): number | undefined {
  const sharedAt = HEAD.length + SHARED.length;
  const lengthBytes = 1 << (payload[sharedAt] - BIN_8);
  const columnAt = sharedAt + 1 + lengthBytes;
  if (payload[HEAD.length - 1] !== FOLDED_VERSION || payload.length < columnAt) return undefined;
  if (payload[sharedAt] < BIN_8 || payload[sharedAt] > BIN_32) return undefined;
  let count = 0;
  for (let i = sharedAt + 1; i < columnAt; i++) count = count * 0x100 + payload[i];
  // Each point has a byte in this column.
  return count <= payload.length - columnAt ? count : undefined;
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
  into[at] = BIN_8 + Math.log2(lengthBytes);
  for (let i = 1; i <= lengthBytes; i++) into[at + i] = length >>> (8 * (lengthBytes - i));
  return put(into, at + 1 + lengthBytes, bytes);
}
