import { offsetBytes, readOffsets, readValues, singleBytes, timeOffsets } from './batch-columns.js';
import { columnBytes, decode } from './codec.js';
import { type FoldedNames, FoldKernel } from './kernel/batches/fold-kernel.js';
import { SplitKernel } from './kernel/batches/split-kernel.js';
import type { PointBlock } from './points.js';

/**
 * The columnar batch, on ingestion subjects and in the shard logs (`docs/formats/batch.md`): a msgpack map. Version 1 is
 * `{v: 1, names, times, values}` with the names joined by `\n` (UTF-8) and the two columns as little-endian doubles; producers
 * may also send `names` as a list of strings and the columns as lists. Version 2, which relays write, leaves out what a name has
 * in common with the one before it, and has columns of fewer bytes where nothing is lost by it.
 */
export const BATCH_VERSION = 1;
const FOLDED_VERSION = 2;

/** More points than this in one batch are refused: a batch is at most NATS' `max_payload` (1 MB). */
export const BATCH_POINTS_MAX = 262_144;

/** What a point takes in a batch besides its name: two doubles and a newline. */
export const POINT_OVERHEAD_BYTES = 17;

const NEWLINE = 10;
const TOO_MANY = `more than ${BATCH_POINTS_MAX} points`;
const NO_ROOM = new Uint8Array(0);
/** A map of so many entries, the first of which is its version. */
const mapOf = (entries: number, version: number): Buffer =>
  Buffer.from([0x80 | entries, 0xa1, 0x76, version]);
const key = (name: string): Buffer =>
  Buffer.from(`${String.fromCharCode(0xa0 | name.length)}${name}`, 'latin1');
const HEAD = mapOf(4, BATCH_VERSION);
const FOLDED_HEAD = mapOf(5, FOLDED_VERSION);
const FOLDED_HEAD_FROM = mapOf(6, FOLDED_VERSION);
const NAMES = key('names');
const SHARED = key('shared');
const FROM = key('from');
const TIMES = key('times');
const VALUES = key('values');
/** Of a batch besides its names and columns: heads, keys and a double with its byte in front. */
export const HEADS_BYTES_MAX = 64;

/**
 * True when a payload is a batch and not text: it begins with a msgpack map (fixmap, or map 16 and map 32,
 * which libraries also use for few keys), and as UTF-8 those bytes begin no text.
 */
export function isBatch(payload: Uint8Array): boolean {
  if (payload.length < 2) return false;
  if ((payload[0] & 0xf0) === 0x80) return true;
  return (payload[0] === 0xde || payload[0] === 0xdf) && payload[1] < 0x80;
}

/** How many points a batch of a shard log holds at most, without decoding it; exactly as many where it is folded. */
export function pointsAtMost(payload: Uint8Array): number {
  const sharedAt = FOLDED_HEAD.length + SHARED.length;
  if (payload[FOLDED_HEAD.length - 1] !== FOLDED_VERSION || payload.length < sharedAt + 5)
    return Math.ceil(payload.length / POINT_OVERHEAD_BYTES);
  let count = 0;
  for (let i = 1; i <= 1 << (payload[sharedAt] - 0xc4); i++)
    count = count * 0x100 + payload[sharedAt + i];
  return count;
}

/** A batch that is being filled. */
export interface OpenBatch {
  /** Points in it. */
  readonly count: number;
  /** The batch as bytes to publish, in `room` where that is large enough; it is empty afterwards. */
  seal(room?: Uint8Array): Uint8Array;
}

const foldKernel = new FoldKernel();

/** A batch as bytes, in `room` where it fits: msgpack whose heads are written here, so that columns are copied once. */
export function encodeBatch(
  names: Uint8Array,
  timestamps: Float64Array,
  values: Float64Array,
  count: number,
  room: Uint8Array = NO_ROOM,
): Uint8Array {
  const lengthMax = HEADS_BYTES_MAX + names.length + count * 16;
  const bytes = lengthMax <= room.length ? room : new Uint8Array(lengthMax);
  const folded = count > 1 ? foldKernel.fold(names, count) : undefined;
  const end =
    folded !== undefined && folded.suffixes.length + count < names.length
      ? putFolded(bytes, folded, timestamps, values, count)
      : putPlain(bytes, names, timestamps, values, count);
  return bytes.subarray(0, end);
}

function putPlain(
  bytes: Uint8Array,
  names: Uint8Array,
  timestamps: Float64Array,
  values: Float64Array,
  count: number,
): number {
  let at = put(bytes, 0, HEAD);
  at = putBin(bytes, at, NAMES, names);
  at = putBin(bytes, at, TIMES, columnBytes(timestamps, count));
  return putBin(bytes, at, VALUES, columnBytes(values, count));
}

function putFolded(
  bytes: Uint8Array,
  { shared, suffixes }: FoldedNames,
  timestamps: Float64Array,
  values: Float64Array,
  count: number,
): number {
  const offsets = timeOffsets(timestamps, count);
  let at = put(bytes, 0, offsets === undefined ? FOLDED_HEAD : FOLDED_HEAD_FROM);
  at = putBin(bytes, at, SHARED, shared);
  at = putBin(bytes, at, NAMES, suffixes);
  if (offsets === undefined) at = putBin(bytes, at, TIMES, columnBytes(timestamps, count));
  else {
    at = putDouble(bytes, put(bytes, at, FROM), offsets.from);
    at = putBin(bytes, at, TIMES, offsetBytes(timestamps, count, offsets));
  }
  return putBin(bytes, at, VALUES, singleBytes(values, count) ?? columnBytes(values, count));
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

/**
 * Fills `block` with the points of a batch. Returns undefined, or what is wrong with it; then `block` is empty. The names lie
 * in `payload` where its form allows, so it must outlive the block's use, or in the block's own room; whether they are
 * unusual is not looked at, since those in the shard logs are normalised.
 */
export function decodeBatch(payload: Uint8Array, block: PointBlock): string | undefined {
  block.clear(payload);
  let batch: Record<string, unknown>;
  try {
    batch = decode(payload) as Record<string, unknown>;
  } catch {
    return 'not msgpack';
  }
  const problem = batch?.v === FOLDED_VERSION ? unfold(batch, block) : readPlain(batch, block);
  if (problem !== undefined) block.clear(payload);
  return problem;
}

function readPlain(batch: Record<string, unknown>, block: PointBlock): string | undefined {
  if (batch?.v !== BATCH_VERSION) return `not of version ${BATCH_VERSION} or ${FOLDED_VERSION}`;
  const names = nameBytes(batch.names);
  const count = columnLength(batch.times);
  if (!names || count === undefined || columnLength(batch.values) === undefined)
    return 'names, times and values are needed';
  if (columnLength(batch.values) !== count) return 'times and values differ in length';
  if (count > BATCH_POINTS_MAX) return TOO_MANY;
  block.clear(names);
  block.reserve(count);
  if (!splitNames(names, count, block)) return 'the names are not as many as the times';
  fillColumn(block.timestamps, batch.times as Column);
  fillColumn(block.values, batch.values as Column);
  block.named(count);
  return undefined;
}

function unfold(batch: Record<string, unknown>, block: PointBlock): string | undefined {
  const { shared, names: suffixes, from, times, values } = batch;
  const areBytes = [shared, suffixes, times, values].every((one) => one instanceof Uint8Array);
  if (!areBytes) return 'shared, names, times and values are needed, as bytes';
  const { length: count } = shared as Uint8Array;
  if (count === 0) return 'a folded batch without names';
  if (count > BATCH_POINTS_MAX) return TOO_MANY;
  const folded = { shared, suffixes } as FoldedNames;
  const names = foldKernel.unfold(folded);
  if (names === undefined) return 'the names cannot be unfolded';
  block.reserve(count);
  if (!readTimes(times as Uint8Array, count, from, block.timestamps))
    return 'times of no known width';
  if (!readValues(values as Uint8Array, count, block.values)) return 'values of no known width';
  block.clear(block.ownBytes(names.bytes));
  block.nameStart.set(names.starts);
  block.nameEnd.set(names.ends);
  block.named(count);
  return undefined;
}

function readTimes(times: Uint8Array, count: number, from: unknown, into: Float64Array): boolean {
  if (typeof from === 'number') return readOffsets(times, count, from, into);
  if (from !== undefined || times.length !== 8 * count) return false;
  columnBytes(into).set(times);
  return true;
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
