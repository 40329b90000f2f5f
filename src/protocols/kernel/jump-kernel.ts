import { instantiate } from './module.js';
import {
  assign,
  block,
  br,
  brIf,
  type Code,
  code,
  f64,
  get,
  i32,
  i64,
  loadByte,
  loadI64,
  loop,
  op,
  storeI16,
  type WasmFunction,
  wasmModule,
  when,
} from './wasm.js';

/** Keys of one call. */
const KEYS_MAX = 2048;
const KEYS_AT = 0;
const BUCKETS_AT = KEYS_AT + KEYS_MAX * 8;
/** For each bucket and each value of the upper bits of a key, where it jumps to. */
const JUMPS_AT = BUCKETS_AT + KEYS_MAX * 2;
const UPPER_BITS = 8;
/** In the table of jumps: the key stays where it is; the lower bits decide as well. */
const STAYS = 254;
const DEPENDS = 255;
/** With more buckets there is no table. */
const TABLE_BUCKETS_MAX = STAYS;
const PAGES = 2;

/** The multiplier of the generator in the paper. */
const MULTIPLIER = 2862933555777941757n;
/** The generator makes numbers of so many bits. */
const DRAW_BITS = 31;

const [COUNT, BUCKET_COUNT, I, BUCKET, KEY, NEXT, JUMP] = [0, 1, 2, 3, 4, 5, 6];

const draw = assign(KEY, code(get(KEY), i64(MULTIPLIER), op.i64Mul), i64(1n), op.i64Add);
/** Leaves the loop around it where the key stays. */
const jumpExactly = code(
  assign(
    NEXT,
    code(get(BUCKET), i32(1), op.i32Add, op.f64FromI32),
    code(f64(2 ** DRAW_BITS)),
    code(get(KEY), i64(BigInt(64 - DRAW_BITS)), op.i64ShrU, i64(1n), op.i64Add, op.f64FromI64),
    code(op.f64Div, op.f64Mul),
  ),
  brIf(1, code(get(NEXT), get(BUCKET_COUNT), op.f64FromI32, op.f64Ge)),
  assign(BUCKET, get(NEXT), op.i32FromF64),
);

/** By the table of jumps, which says what a division would for most keys. */
const jumpByTable = code(
  assign(
    JUMP,
    code(get(BUCKET), i32(UPPER_BITS), op.i32Shl),
    code(get(KEY), i64(BigInt(64 - UPPER_BITS)), op.i64ShrU, op.i32FromI64),
    op.i32Or,
    loadByte(JUMPS_AT),
  ),
  when(code(get(JUMP), i32(STAYS), op.i32LtU), assign(BUCKET, get(JUMP)), br(1)),
  brIf(1, code(get(JUMP), i32(STAYS), op.i32Eq)),
);

/** `<name>(count, bucketCount)`: the buckets of `count` keys. */
function jumps(name: string, jump: Code): WasmFunction {
  return {
    name,
    params: ['i32', 'i32'],
    locals: ['i32', 'i32', 'i64', 'f64', 'i32'],
    result: 'i32',
    code: code(
      block(
        loop(
          brIf(1, code(get(I), get(COUNT), op.i32GeU)),
          assign(KEY, code(get(I), i32(3), op.i32Shl), loadI64(KEYS_AT)),
          assign(BUCKET, i32(0)),
          block(loop(draw, jump, br(0))),
          code(code(get(I), i32(1), op.i32Shl), get(BUCKET), storeI16(BUCKETS_AT)),
          assign(I, get(I), i32(1), op.i32Add),
          br(0),
        ),
      ),
      get(I),
    ),
  };
}

/**
 * Jump consistent hash (Lamping, Veach) of many keys at once. Its twin `jumpBucket` has no integers of 64 bits, and divides for
 * each jump; here a table says where most keys jump to.
 */
export class JumpKernel {
  readonly #exactly: (count: number, bucketCount: number) => number;
  readonly #byTable: (count: number, bucketCount: number) => number;
  readonly #keys: Int32Array;
  readonly #buckets: Uint16Array;
  readonly #jumps: Uint8Array;
  /** Whose jumps are in the table. */
  #tableBuckets = 0;

  constructor() {
    const { buffer, functions } = instantiate(
      wasmModule(PAGES, [
        jumps('exactly', jumpExactly),
        jumps('byTable', code(jumpByTable, jumpExactly)),
      ]),
    );
    this.#exactly = functions.exactly;
    this.#byTable = functions.byTable;
    this.#keys = new Int32Array(buffer, KEYS_AT, 2 * KEYS_MAX);
    this.#buckets = new Uint16Array(buffer, BUCKETS_AT, KEYS_MAX);
    this.#jumps = new Uint8Array(buffer, JUMPS_AT, TABLE_BUCKETS_MAX << UPPER_BITS);
  }

  /**
   * Puts the buckets of the keys `[from, to)` into `buckets`, from index 0 on.
   *
   * @param keys each as `[low, high]`
   * @param bucketCount at most 65,536
   */
  buckets(
    keys: Int32Array,
    from: number,
    to: number,
    bucketCount: number,
    buckets: Uint16Array,
  ): void {
    const hasTable = bucketCount <= TABLE_BUCKETS_MAX;
    if (hasTable && bucketCount !== this.#tableBuckets) this.#fillTable(bucketCount);
    const jump = hasTable ? this.#byTable : this.#exactly;
    for (let start = from; start < to; start += KEYS_MAX) {
      const end = Math.min(to, start + KEYS_MAX);
      this.#keys.set(keys.subarray(2 * start, 2 * end));
      jump(end - start, bucketCount);
      buckets.set(this.#buckets.subarray(0, end - start), start - from);
    }
  }

  /** A jump is the shorter the larger the number that is drawn: where the ends of a range agree, all of it does. */
  #fillTable(bucketCount: number): void {
    const range = 2 ** (DRAW_BITS - UPPER_BITS);
    const jump = (bucket: number, drawn: number): number =>
      Math.min(bucketCount, Math.floor((bucket + 1) * (2 ** DRAW_BITS / drawn)));
    for (let cell = 0; cell < bucketCount << UPPER_BITS; cell++) {
      const bucket = cell >> UPPER_BITS;
      const upper = cell & (2 ** UPPER_BITS - 1);
      const furthest = jump(bucket, upper * range + 1);
      const next = jump(bucket, (upper + 1) * range);
      this.#jumps[cell] = next !== furthest ? DEPENDS : next === bucketCount ? STAYS : next;
    }
    this.#tableBuckets = bucketCount;
  }
}
