import type { PointBlock } from '../../points.js';
import { BlockInput, type NamesLayout } from '../block-input.js';
import { instantiate } from '../wasm/module.js';
import { wasmModule } from '../wasm/wasm.js';
import { FNV_TABLE_BYTES, fnv32Folded, fnvTable } from './fnv-program.js';
import { laneBytes, md5Positions } from './md5-program.js';

/** Points of one call. */
const POINTS_MAX = 2048;
/** Bytes in which the names of one call lie. */
const INPUT_BYTES = 256 * 1024;
/** So many bytes behind a name may be read. */
const SLACK_BYTES = 16;
/** Longer names are left to the plain rule: they have no room in a lane of MD5, or none at all. */
const MD5_BYTES_MAX = 4_096;

/** Of four names side by side, the last call may write positions behind the last one. */
const POSITIONS_AT = 0;
const BLOCKS_AT = POSITIONS_AT + (POINTS_MAX + 4) * 2 + 8;
const FNV_TABLE_AT = BLOCKS_AT + 16;
const STARTS_AT = FNV_TABLE_AT + FNV_TABLE_BYTES;
const ENDS_AT = STARTS_AT + POINTS_MAX * 4;
const INPUT_AT = ENDS_AT + POINTS_MAX * 4;
const LANES_AT = INPUT_AT + INPUT_BYTES + SLACK_BYTES;
const LANE_BYTES = laneBytes(MD5_BYTES_MAX);
const PAGES = Math.ceil((LANES_AT + 4 * LANE_BYTES) / (64 * 1024));
const NAMES: NamesLayout = {
  pointsMax: POINTS_MAX,
  inputBytes: INPUT_BYTES,
  inputAt: INPUT_AT,
  startsAt: STARTS_AT,
  endsAt: ENDS_AT,
};
const COLUMNS = { startsAt: STARTS_AT, endsAt: ENDS_AT };

/** The hashes whose positions on a ring the kernel works out; `fnv1a` with signed chars is carbon-c-relay's. */
export type PositionHash = 'md5' | 'fnv1a' | 'fnv1a-signed';

function program(hash: PositionHash): Uint8Array<ArrayBuffer> {
  if (hash === 'md5') {
    const layout = { ...COLUMNS, positionsAt: POSITIONS_AT, blocksAt: BLOCKS_AT };
    return wasmModule(PAGES, [
      md5Positions({ ...layout, lanesAt: LANES_AT, laneBytes: LANE_BYTES }),
    ]);
  }
  const chars = hash === 'fnv1a' ? 'unsigned' : 'signed';
  const input = { ...COLUMNS, tableAt: FNV_TABLE_AT };
  return wasmModule(PAGES, [fnv32Folded(input, POSITIONS_AT, chars)]);
}

/** Positions of 16 bits, of many names at once, in WebAssembly: four names side by side. */
export class PositionKernel {
  readonly #positions: (count: number, delta: number) => number;
  readonly #input: BlockInput;
  readonly #results: Uint16Array;
  readonly #nameBytesMax: number;

  constructor(hash: PositionHash) {
    const { buffer, functions } = instantiate(program(hash));
    this.#positions = functions.positions ?? functions.hashes;
    if (hash !== 'md5') new BigUint64Array(buffer, FNV_TABLE_AT).set(fnvTable(32));
    this.#input = new BlockInput(buffer, NAMES);
    this.#results = new Uint16Array(buffer, POSITIONS_AT, POINTS_MAX);
    this.#nameBytesMax = hash === 'md5' ? MD5_BYTES_MAX : INPUT_BYTES;
  }

  /**
   * Writes the positions of the points `[from, to)` into `into`, from index 0 on, for as long as their names are not
   * too long. Returns the first point without one, or `to`.
   */
  positions(block: PointBlock, from: number, to: number, into: Uint16Array): number {
    for (let i = from; i < to; ) {
      const end = Math.min(to, this.#input.pieceEnd(block, i));
      const delta = this.#input.load(block, i, end);
      const mayBeLong = block.bytes.length > this.#nameBytesMax;
      const count = mayBeLong ? this.#countUpToLong(end - i) : end - i;
      this.#positions(count, delta);
      into.set(this.#results.subarray(0, count), i - from);
      if (count < end - i) return i + count;
      i = end;
    }
    return to;
  }

  #countUpToLong(count: number): number {
    const { starts, ends } = this.#input;
    for (let i = 0; i < count; i++) if (ends[i] - starts[i] > this.#nameBytesMax) return i;
    return count;
  }
}
