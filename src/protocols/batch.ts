import { readOffsets, readValues } from './batch-columns.js';
import { columnBytes, decode } from './codec.js';
import { FOLDED_VERSION, type FoldedNames, pointsOfFolded } from './folded-batch.js';
import { SplitKernel } from './kernel/batches/split-kernel.js';
import { UnfoldKernel } from './kernel/batches/unfold-kernel.js';
import type { PointBlock } from './points.js';

/**
 * The columnar batch, on ingestion subjects and in the shard logs (`docs/formats/batch.md`): a msgpack map. Version 1 is
 * `{v: 1, names, times, values}` with the names joined by `\n` (UTF-8) and the two columns as little-endian doubles; producers
 * may also send `names` as a list of strings and the columns as lists. Version 3, which relays write, has each part of a path once, with
 * names as numbers of such nodes, and has columns of fewer bytes where nothing is lost by it.
 */
const PLAIN_VERSION = 1;

/** More points than this in one batch are refused: a batch is at most NATS' `max_payload` (1 MB). */
export const BATCH_POINTS_MAX = 262_144;

/** What a point takes in a batch at least, besides its name: two doubles and a newline. */
const PLAIN_POINT_BYTES = 17;

const NEWLINE = 10;
const TOO_MANY = `more than ${BATCH_POINTS_MAX} points`;

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
  return pointsOfFolded(payload) ?? Math.ceil(payload.length / PLAIN_POINT_BYTES);
}

const unfoldKernel = new UnfoldKernel();

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
  if (batch?.v !== PLAIN_VERSION) return `not of version ${PLAIN_VERSION} or ${FOLDED_VERSION}`;
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
  const { shared, names: folded, from, times, values } = batch;
  const areBytes = [shared, folded, times, values].every((one) => one instanceof Uint8Array);
  if (!areBytes) return 'shared, names, times and values are needed, as bytes';
  const { length: count } = shared as Uint8Array;
  if (count === 0) return 'a folded batch without names';
  if (count > BATCH_POINTS_MAX) return TOO_MANY;
  const names = unfoldKernel.unfold({ shared, names: folded } as FoldedNames);
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
