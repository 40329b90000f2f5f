import { columnBytes } from './codec.js';

/*
 * The columns of a batch of version 2: as few bytes for each number as keep all of them exactly as they are. Little-endian, as
 * every machine that Node runs on.
 */

/** Times as whole seconds behind the earliest one. */
export interface TimeOffsets {
  readonly from: number;
  /** Of each offset: 0 where all times are the same. */
  readonly width: 0 | 1 | 2 | 4;
}

type Offsets = Uint8Array | Uint16Array | Uint32Array;

const INITIAL_NUMBERS = 8192;
/** Where columns of other widths than 8 are converted. */
let scratch = new ArrayBuffer(4 * INITIAL_NUMBERS);

/** Undefined where a time is not a whole number of seconds from 1 on, or they are too far apart. */
export function timeOffsets(times: Float64Array, count: number): TimeOffsets | undefined {
  let from = times[0];
  let last = from;
  let before = Number.NaN;
  for (let i = 0; i < count; i++) {
    const time = times[i];
    // Most points have the time of the one before.
    if (time === before) continue;
    before = time;
    if (!(time >= 1 && Math.floor(time) === time)) return undefined;
    if (time < from) from = time;
    else if (time > last) last = time;
  }
  const range = last - from;
  if (range > 0xffff_ffff || last > Number.MAX_SAFE_INTEGER) return undefined;
  return { from, width: range === 0 ? 0 : range <= 0xff ? 1 : range <= 0xffff ? 2 : 4 };
}

/** The bytes of the offsets; good until the next column is converted. */
export function offsetBytes(
  times: Float64Array,
  count: number,
  { from, width }: TimeOffsets,
): Uint8Array {
  const offsets = offsetsOf(width, count);
  let before = from;
  let offset = 0;
  for (let i = 0; i < offsets.length; i++) {
    if (times[i] !== before) {
      before = times[i];
      offset = before - from;
    }
    offsets[i] = offset;
  }
  return new Uint8Array(offsets.buffer, 0, width * count);
}

/** False where `bytes` are no offsets of `count` times. */
export function readOffsets(
  bytes: Uint8Array,
  count: number,
  from: number,
  into: Float64Array,
): boolean {
  const width = bytes.length / count;
  if (width === 0) {
    into.fill(from, 0, count);
    return true;
  }
  if (width !== 1 && width !== 2 && width !== 4) return false;
  const offsets = offsetsOf(width, count);
  new Uint8Array(offsets.buffer).set(bytes);
  for (let i = 0; i < count; i++) into[i] = from + offsets[i];
  return true;
}

/** The values as floats of 32 bits, good until the next column is converted; undefined where one is not what it was then. */
export function singleBytes(values: Float64Array, count: number): Uint8Array | undefined {
  const singles = new Float32Array(roomFor(4 * count), 0, count);
  for (let i = 0; i < count; i++) {
    const value = values[i];
    const single = Math.fround(value);
    if (single !== value) return undefined;
    singles[i] = single;
  }
  return new Uint8Array(singles.buffer, 0, 4 * count);
}

/** Values of 8 or of 4 bytes each; false where they are of neither. */
export function readValues(bytes: Uint8Array, count: number, into: Float64Array): boolean {
  if (bytes.length === 8 * count) columnBytes(into).set(bytes);
  else if (bytes.length === 4 * count) {
    const singles = new Float32Array(roomFor(4 * count), 0, count);
    new Uint8Array(singles.buffer).set(bytes);
    into.set(singles);
  } else return false;
  return true;
}

function offsetsOf(width: 0 | 1 | 2 | 4, count: number): Offsets {
  const room = roomFor(4 * count);
  if (width === 4) return new Uint32Array(room, 0, count);
  if (width === 2) return new Uint16Array(room, 0, count);
  return new Uint8Array(room, 0, width * count);
}

function roomFor(bytes: number): ArrayBuffer {
  if (scratch.byteLength < bytes) scratch = new ArrayBuffer(2 ** Math.ceil(Math.log2(bytes)));
  return scratch;
}
