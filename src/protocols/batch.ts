import { assert } from '../assert.js';
import { columnBytes, decode, encode } from './codec.js';
import type { PointBlock } from './points.js';
import { TextCopy } from './text-copy.js';

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

/**
 * True when a payload is a batch and not text: it begins with a msgpack map (fixmap, or map 16 and map 32,
 * which libraries also use for few keys), and as UTF-8 those bytes begin no text.
 */
export function isBatch(payload: Uint8Array): boolean {
  if (payload.length < 2) return false;
  if ((payload[0] & 0xf0) === 0x80) return true;
  return (payload[0] === 0xde || payload[0] === 0xdf) && payload[1] < 0x80;
}

export function encodeBatch(
  names: Uint8Array,
  timestamps: Float64Array,
  values: Float64Array,
  count: number,
): Uint8Array {
  return encode({
    v: BATCH_VERSION,
    names,
    times: columnBytes(timestamps, count),
    values: columnBytes(values, count),
  });
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
  const timestamps = doubles(batch.times);
  const values = doubles(batch.values);
  if (!names || !timestamps || !values) return 'names, times and values are needed';
  const count = timestamps.length;
  if (values.length !== count) return 'times and values differ in length';
  if (count > BATCH_POINTS_MAX) return `more than ${BATCH_POINTS_MAX} points`;
  block.clear(names);
  if (!splitNames(names, timestamps, values, block)) {
    block.clear(payload);
    return 'the names are not as many as the times';
  }
  return undefined;
}

function splitNames(
  names: Buffer,
  timestamps: Float64Array,
  values: Float64Array,
  block: PointBlock,
): boolean {
  const count = timestamps.length;
  if (count === 0) return names.length === 0;
  block.reserve(count);
  const { nameStart, nameEnd } = block;
  let start = 0;
  for (let i = 0; i < count; i++) {
    const newline = names.indexOf(NEWLINE, start);
    const end = newline < 0 ? names.length : newline;
    if (end <= start || (i < count - 1 && newline < 0)) return false;
    nameStart[i] = start;
    nameEnd[i] = end;
    start = end + 1;
  }
  if (start < names.length) return false;
  block.fill(timestamps, values);
  return true;
}

function nameBytes(names: unknown): Buffer | undefined {
  if (names instanceof Uint8Array) return Buffer.from(names.buffer, names.byteOffset, names.length);
  if (typeof names === 'string') return Buffer.from(names);
  if (!Array.isArray(names)) return undefined;
  for (const name of names) if (typeof name !== 'string' || name.includes('\n')) return undefined;
  return Buffer.from(names.join('\n'));
}

function doubles(column: unknown): Float64Array | undefined {
  if (column instanceof Uint8Array) {
    if (column.length % 8 !== 0) return undefined;
    const copy = new Float64Array(column.length / 8);
    columnBytes(copy).set(column);
    return copy;
  }
  if (!Array.isArray(column)) return undefined;
  for (const value of column) if (typeof value !== 'number') return undefined;
  return Float64Array.from(column as number[]);
}

/** Collects points of one shard until they are published as one batch. Bounded by `bytesMax`. */
export class BatchBuilder {
  readonly bytesMax: number;
  #names: Uint8Array;
  #namesLength = 0;
  readonly #copy = new TextCopy();
  #timestamps: Float64Array;
  #values: Float64Array;
  count = 0;

  /** @param bytesMax names and columns together; a batch is sealed before it gets larger */
  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
    this.#names = new Uint8Array(bytesMax);
    this.#copy.target(this.#names);
    const pointsMax = Math.min(BATCH_POINTS_MAX, Math.ceil(bytesMax / POINT_OVERHEAD_BYTES));
    this.#timestamps = new Float64Array(pointsMax);
    this.#values = new Float64Array(pointsMax);
  }

  get bytes(): number {
    return this.#namesLength + this.count * 16;
  }

  /** Whether one more point with a name of `nameLength` bytes fits. */
  fits(nameLength: number): boolean {
    return (
      this.count < this.#timestamps.length &&
      this.bytes + nameLength + POINT_OVERHEAD_BYTES <= this.bytesMax
    );
  }

  append(
    bytes: Uint8Array,
    nameStart: number,
    nameEnd: number,
    timestamp: number,
    value: number,
  ): void {
    assert(this.fits(nameEnd - nameStart), 'the caller seals a full batch first');
    let at = this.#namesLength;
    if (this.count > 0) this.#names[at++] = NEWLINE;
    this.#namesLength = this.#copy.copy(bytes, nameStart, nameEnd, at);
    this.#timestamps[this.count] = timestamp;
    this.#values[this.count] = value;
    this.count++;
  }

  /** The batch as bytes to publish; the builder is empty afterwards. */
  seal(): Uint8Array {
    const sealed = encodeBatch(
      this.#names.subarray(0, this.#namesLength),
      this.#timestamps,
      this.#values,
      this.count,
    );
    this.count = 0;
    this.#namesLength = 0;
    return sealed;
  }
}
