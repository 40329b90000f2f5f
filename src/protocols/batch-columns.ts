import { columnBytes } from './codec.js';

/*
 * The columns of a batch of version 3: as few bytes for each number as keep all of them exactly as they are. Little-endian, as
 * every machine that Node runs on.
 */

type Offsets = Uint8Array | Uint16Array | Uint32Array;

const INITIAL_NUMBERS = 8192;
/** Where columns of other widths than 8 are converted. */
let scratch = new ArrayBuffer(4 * INITIAL_NUMBERS);

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
