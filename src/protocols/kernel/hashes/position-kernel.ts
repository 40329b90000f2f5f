import type { PointBlock } from '../../points.js';
import { BlockInput, type NamesLayout } from '../block-input.js';
import { type Functions, instantiate } from '../wasm/module.js';
import { type WasmFunction, wasmModule } from '../wasm/wasm.js';
import { FNV_TABLE_BYTES, fnv32Folded, fnv64, fnvTable } from './fnv-program.js';
import { JumpKernel } from './jump-kernel.js';
import { knownLayout } from './known-layout.js';
import { KnownPositions } from './known-positions.js';
import { knownFunctions } from './known-program.js';
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
const HASHED_AT = 16;
const BLOCKS_AT = HASHED_AT + (POINTS_MAX + 4) * 2 + 8;
const FNV_TABLE_AT = BLOCKS_AT + 16;
/** Hashes of 64 bits, whose positions are buckets. */
const KEYS_AT = FNV_TABLE_AT + FNV_TABLE_BYTES;
const STARTS_AT = KEYS_AT + POINTS_MAX * 8;
const ENDS_AT = STARTS_AT + POINTS_MAX * 4;
const INPUT_AT = ENDS_AT + POINTS_MAX * 4;
const LANES_AT = INPUT_AT + INPUT_BYTES + SLACK_BYTES;
const LANE_BYTES = laneBytes(MD5_BYTES_MAX);
const COLUMNS = { startsAt: STARTS_AT, endsAt: ENDS_AT };
const POSITIONS_AT = LANES_AT + 4 * LANE_BYTES;
const KNOWN = knownLayout(
  { ...COLUMNS, hashedAt: HASHED_AT, positionsAt: POSITIONS_AT },
  Math.ceil((POSITIONS_AT + POINTS_MAX * 2) / 16) * 16,
  { pointsMax: POINTS_MAX },
);
const PAGES = Math.ceil(KNOWN.end / (64 * 1024));
const NAMES: NamesLayout = {
  pointsMax: POINTS_MAX,
  inputBytes: INPUT_BYTES,
  inputAt: INPUT_AT,
  startsAt: STARTS_AT,
  endsAt: ENDS_AT,
};

/** The hashes whose positions on a ring the kernel works out; `fnv1a` with signed chars is carbon-c-relay's. */
export type PositionHash = 'md5' | 'fnv1a' | 'fnv1a-signed';

/** Jump hash of FNV-1a 64: a position is the bucket itself. */
export interface JumpHash {
  /** At most 65,536. */
  readonly bucketCount: number;
}

function hashFunction(hash: PositionHash | JumpHash): WasmFunction {
  if (typeof hash === 'object') return fnv64({ ...COLUMNS, tableAt: FNV_TABLE_AT }, KEYS_AT);
  if (hash === 'md5') {
    const layout = { ...COLUMNS, positionsAt: HASHED_AT, blocksAt: BLOCKS_AT };
    return md5Positions({ ...layout, lanesAt: LANES_AT, laneBytes: LANE_BYTES });
  }
  const chars = hash === 'fnv1a' ? 'unsigned' : 'signed';
  return fnv32Folded({ ...COLUMNS, tableAt: FNV_TABLE_AT }, HASHED_AT, chars);
}

function program(hash: PositionHash | JumpHash): Uint8Array<ArrayBuffer> {
  return wasmModule(PAGES, [hashFunction(hash), ...knownFunctions(KNOWN, 1)]);
}

/** Positions of 16 bits, of many names at once, in WebAssembly: those that were hashed before are known. */
export class PositionKernel {
  readonly #hash: (count: number, delta: number) => void;
  readonly #keepsNames: boolean;
  readonly #known: KnownPositions;
  readonly #input: BlockInput;
  readonly #hashed: Uint16Array;
  readonly #results: Uint16Array;
  readonly #nameBytesMax: number;

  /** @param keepsNames for later; whoever does that already asks about others alone */
  constructor(hash: PositionHash | JumpHash, { keepsNames = true } = {}) {
    this.#keepsNames = keepsNames;
    const { buffer, functions } = instantiate(program(hash));
    this.#hashed = new Uint16Array(buffer, HASHED_AT, POINTS_MAX);
    this.#hash =
      typeof hash === 'object'
        ? this.#jump(hash, new Int32Array(buffer, KEYS_AT, 2 * POINTS_MAX), functions.hashes)
        : (functions.positions ?? functions.hashes);
    this.#known = new KnownPositions(buffer, KNOWN, {
      known: functions.known,
      keep: functions.keep,
    });
    const bits = typeof hash === 'object' ? 64 : 32;
    if (hash !== 'md5') new BigUint64Array(buffer, FNV_TABLE_AT).set(fnvTable(bits));
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
      const end = this.#input.load(block, i, to);
      const mayBeLong = this.#input.nameBytes > this.#nameBytesMax;
      const count = mayBeLong ? this.#countUpToLong(end - i) : end - i;
      into.set(this.#positionsOf(count).subarray(0, count), i - from);
      if (count < end - i) return i + count;
      i = end;
    }
    return to;
  }

  #jump({ bucketCount }: JumpHash, keys: Int32Array, hashes: Functions[string]) {
    const kernel = new JumpKernel();
    return (count: number, delta: number): void => {
      hashes(count, delta);
      kernel.buckets(keys, count, bucketCount, this.#hashed);
    };
  }

  /** Of the names that have been loaded. */
  #positionsOf(count: number): Uint16Array {
    const { delta } = this.#input;
    if (!this.#keepsNames || this.#known.isPausing(count)) {
      this.#hash(count, delta);
      return this.#hashed;
    }
    const misses = this.#known.find(count, delta);
    if (misses > 0) {
      this.#hash(misses, delta);
      if (this.#known.keep(misses, delta)) this.#known.forget();
    }
    return this.#results;
  }

  #countUpToLong(count: number): number {
    const { starts, ends } = this.#input;
    for (let i = 0; i < count; i++) if (ends[i] - starts[i] > this.#nameBytesMax) return i;
    return count;
  }
}
