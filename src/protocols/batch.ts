import { columnBytes, decode } from './codec.js';
import { SplitKernel } from './kernel/split-kernel.js';
import type { PointBlock } from './points.js';

/**
 * The columnar batch, on ingestion subjects and in the shard logs (`docs/formats/batch.md`):
 * a msgpack map `{v: 1, names, times, values}` with the names joined by `\n` (UTF-8) and the two columns
 * as little-endian doubles. Producers may also send `names` as a list of strings and the columns as lists.
 */
export const BATCH_VERSION = 1;

/** More points than this in one batch are refused: a batch is at most NATS' `max_payload` (1 MB). */
export const BATCH_POINTS_MAX = 262_144;

/** What a point takes in a batch besides its name: two doubles and a newline. */
export const POINT_OVERHEAD_BYTES = 17;

const NEWLINE = 10;
const NO_ROOM = new Uint8Array(0);
/** What stands between the byte strings of a batch: a map of four, its first value and its keys. */
const VERSION_AND_NAMES = Buffer.from(
  `\x84\xa1v${String.fromCharCode(BATCH_VERSION)}\xa5names`,
  'latin1',
);
const TIMES = Buffer.from(`\xa5times`, 'latin1');
const VALUES = Buffer.from(`\xa6values`, 'latin1');
const HEADS_LENGTH = VERSION_AND_NAMES.length + TIMES.length + VALUES.length;

/**
 * True when a payload is a batch and not text: it begins with a msgpack map (fixmap, or map 16 and map 32,
 * which libraries also use for few keys), and as UTF-8 those bytes begin no text.
 */
export function isBatch(payload: Uint8Array): boolean {
  if (payload.length < 2) return false;
  if ((payload[0] & 0xf0) === 0x80) return true;
  return (payload[0] === 0xde || payload[0] === 0xdf) && payload[1] < 0x80;
}

/** A batch that is being filled. */
export interface OpenBatch {
  /** Points in it. */
  readonly count: number;
  /** The batch as bytes to publish, in `room` where that is large enough; it is empty afterwards. */
  seal(room?: Uint8Array): Uint8Array;
}

/** A batch as bytes, in `room` where it fits: msgpack whose heads are written here, so that columns are copied once. */
export function encodeBatch(
  names: Uint8Array,
  timestamps: Float64Array,
  values: Float64Array,
  count: number,
  room: Uint8Array = NO_ROOM,
): Uint8Array {
  const columnLength = count * 8;
  const length = HEADS_LENGTH + binLength(names.length) + 2 * binLength(columnLength);
  const bytes = length <= room.length ? room.subarray(0, length) : new Uint8Array(length);
  let at = put(bytes, 0, VERSION_AND_NAMES);
  at = putBin(bytes, at, names);
  at = put(bytes, at, TIMES);
  at = putBin(bytes, at, columnBytes(timestamps, count));
  at = put(bytes, at, VALUES);
  at = putBin(bytes, at, columnBytes(values, count));
  return bytes;
}

function put(into: Uint8Array, at: number, bytes: Uint8Array): number {
  into.set(bytes, at);
  return at + bytes.length;
}

/** A byte string with its head, which holds the length in 1, 2 or 4 bytes. */
function putBin(into: Uint8Array, at: number, bytes: Uint8Array): number {
  const { length } = bytes;
  const lengthBytes = binLength(length) - length - 1;
  into[at] = lengthBytes === 1 ? 0xc4 : lengthBytes === 2 ? 0xc5 : 0xc6;
  for (let i = 1; i <= lengthBytes; i++) into[at + i] = length >>> (8 * (lengthBytes - i));
  return put(into, at + 1 + lengthBytes, bytes);
}

function binLength(length: number): number {
  return length + (length < 0x100 ? 2 : length < 0x10000 ? 3 : 5);
}

/**
 * Fills `block` with the points of a batch. Returns undefined, or what is wrong with it; then `block`
 * is empty. The names lie in `payload` where its form allows, so it must outlive the block's use; whether
 * they are unusual is not looked at, since those in the shard logs are normalised.
 */
export function decodeBatch(payload: Uint8Array, block: PointBlock): string | undefined {
  block.clear(payload);
  let batch: Record<string, unknown>;
  try {
    batch = decode(payload) as Record<string, unknown>;
  } catch {
    return 'not msgpack';
  }
  if (batch?.v !== BATCH_VERSION) return `not of version ${BATCH_VERSION}`;
  const names = nameBytes(batch.names);
  const count = columnLength(batch.times);
  if (!names || count === undefined || columnLength(batch.values) === undefined)
    return 'names, times and values are needed';
  if (columnLength(batch.values) !== count) return 'times and values differ in length';
  if (count > BATCH_POINTS_MAX) return `more than ${BATCH_POINTS_MAX} points`;
  block.clear(names);
  block.reserve(count);
  if (!splitNames(names, count, block)) return 'the names are not as many as the times';
  fillColumn(block.timestamps, batch.times as Column);
  fillColumn(block.values, batch.values as Column);
  block.named(count);
  return undefined;
}

const splitKernel = new SplitKernel();

function splitNames(names: Buffer, count: number, block: PointBlock): boolean {
  if (count === 0) return names.length === 0;
  const isEnded = names.at(-1) === NEWLINE;
  const joined = isEnded ? names.subarray(0, -1) : names;
  return splitKernel.split(joined, count, block.nameStart, block.nameEnd);
}

function nameBytes(names: unknown): Buffer | undefined {
  if (names instanceof Uint8Array) return Buffer.from(names.buffer, names.byteOffset, names.length);
  if (typeof names === 'string') return Buffer.from(names);
  if (!Array.isArray(names)) return undefined;
  for (const name of names) if (typeof name !== 'string' || name.includes('\n')) return undefined;
  return Buffer.from(names.join('\n'));
}

/** Little-endian doubles as bytes, or numbers. */
type Column = Uint8Array | readonly number[];

function columnLength(column: unknown): number | undefined {
  if (column instanceof Uint8Array) return column.length % 8 === 0 ? column.length / 8 : undefined;
  if (!Array.isArray(column)) return undefined;
  for (const value of column) if (typeof value !== 'number') return undefined;
  return column.length;
}

function fillColumn(into: Float64Array, column: Column): void {
  if (column instanceof Uint8Array) columnBytes(into).set(column);
  else into.set(column);
}
