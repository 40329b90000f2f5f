import { add, advance, isAbove } from '../wasm/arithmetic.js';
import { instantiate } from '../wasm/module.js';
import {
  assign,
  block,
  br,
  brIf,
  type Code,
  call,
  code,
  f64,
  get,
  i32,
  i64,
  leave,
  loadByte,
  loadI64,
  loop,
  op,
  storeI16,
  type WasmFunction,
  wasmModule,
  when,
} from '../wasm/wasm.js';

/** Keys of one call. */
const KEYS_MAX = 2048;
const KEYS_AT = 0;
const BUCKETS_AT = KEYS_AT + KEYS_MAX * 8;
/** For each state of a key and each value of the upper bits of a draw, the next state. */
const JUMPS_AT = BUCKETS_AT + KEYS_MAX * 2;
const UPPER_BITS = 8;
/** With more buckets there is no table. A state is the bucket that a key has come to, */
const TABLE_BUCKETS_MAX = 64;
/** with this bit once it stays there, */
const STAYS = 64;
/** or instead of it this one: the lower bits of the draw decide as well. */
const DEPENDS = 128;
const PAGES = 1;

/** The multiplier of the generator in the paper. */
const MULTIPLIER = 2862933555777941757n;
/** The generator makes numbers of so many bits. */
const DRAW_BITS = 31;

/** Draws the next number of a key. */
const drawn = (key: number): Code =>
  assign(key, code(get(key), i64(MULTIPLIER), op.i64Mul), i64(1n), op.i64Add);
/** How far a key jumps from a bucket by its last draw. */
const jump = (bucket: number, key: number): Code =>
  code(
    code(get(bucket), i32(1), op.i32Add, op.f64FromI32),
    code(f64(2 ** DRAW_BITS)),
    code(get(key), i64(BigInt(64 - DRAW_BITS)), op.i64ShrU, i64(1n), op.i64Add, op.f64FromI64),
    code(op.f64Div, op.f64Mul),
  );
const keyOf = (index: Code): Code => code(index, i32(3), op.i32Shl, loadI64(KEYS_AT));
const keep = (index: Code, bucket: Code): Code =>
  code(index, i32(1), op.i32Shl, bucket, storeI16(BUCKETS_AT));

/** `exactly(from, count, bucketCount)`: the buckets of the keys `[from, count)`, one after the other. */
function exactly(): WasmFunction {
  const [i, count, bucketCount, bucket, key, next] = [0, 1, 2, 3, 4, 5];
  return {
    name: 'exactly',
    params: ['i32', 'i32', 'i32'],
    locals: ['i32', 'i64', 'f64'],
    result: 'i32',
    code: code(
      block(
        loop(
          brIf(1, code(get(i), get(count), op.i32GeU)),
          assign(key, keyOf(get(i))),
          assign(bucket, i32(0)),
          block(
            loop(
              drawn(key),
              assign(next, jump(bucket, key)),
              brIf(1, code(get(next), get(bucketCount), op.f64FromI32, op.f64Ge)),
              assign(bucket, get(next), op.i32FromF64),
              br(0),
            ),
          ),
          keep(get(i), get(bucket)),
          advance(i),
          br(0),
        ),
      ),
      get(i),
    ),
  };
}

/** `next(bucket, key, bucketCount)`: the state after a draw that the table does not decide. */
function next(): WasmFunction {
  const [bucket, key, bucketCount, far] = [0, 1, 2, 3];
  return {
    name: 'next',
    params: ['i32', 'i64', 'i32'],
    locals: ['f64'],
    result: 'i32',
    code: code(
      assign(far, jump(bucket, key)),
      when(
        code(get(far), get(bucketCount), op.f64FromI32, op.f64Ge),
        leave(code(get(bucket), i32(STAYS), op.i32Or)),
      ),
      code(get(far), op.i32FromF64),
    ),
  };
}

/**
 * `byTable(count, bucketCount)`: the buckets of `count` keys by the table. Four keys go side by side, until the last of them
 * stays: how often a key jumps nobody can foretell, and the processor would guess wrong at the end of each.
 */
function byTable(): WasmFunction {
  const LANES = [0, 1, 2, 3] as const;
  const [count, bucketCount, i] = [0, 1, 2];
  const state = (lane: number): number => 3 + lane;
  const after = (lane: number): number => 7 + lane;
  const key = (lane: number): number => 11 + lane;
  const all = (of: (lane: number) => number, join: Code): Code =>
    code(get(of(0)), ...[1, 2, 3].map((lane) => code(get(of(lane)), join)));
  const index = (lane: number): Code => add(get(i), i32(lane));
  const begin = (lane: number): Code =>
    code(assign(key(lane), keyOf(index(lane))), assign(state(lane), i32(0)));
  const look = (lane: number): Code =>
    code(
      drawn(key(lane)),
      assign(
        after(lane),
        code(get(state(lane)), i32(UPPER_BITS), op.i32Shl),
        code(get(key(lane)), i64(BigInt(64 - UPPER_BITS)), op.i64ShrU, op.i32FromI64),
        op.i32Or,
        loadByte(JUMPS_AT),
      ),
    );
  const decide = (lane: number): Code =>
    when(
      code(get(after(lane)), i32(DEPENDS), op.i32And),
      assign(after(lane), call(NEXT, get(state(lane)), get(key(lane)), get(bucketCount))),
    );
  const ofFour = code(
    ...LANES.map(begin),
    loop(
      ...LANES.map(look),
      when(code(all(after, op.i32Or), i32(DEPENDS), op.i32And), ...LANES.map(decide)),
      ...LANES.map((lane) => assign(state(lane), get(after(lane)))),
      brIf(0, code(all(state, op.i32And), i32(STAYS), op.i32And, op.i32Eqz)),
    ),
    ...LANES.map((lane) => keep(index(lane), code(get(state(lane)), i32(STAYS - 1), op.i32And))),
    advance(i, 4),
  );
  return {
    name: 'byTable',
    params: ['i32', 'i32'],
    locals: [...new Array(9).fill('i32'), ...new Array(4).fill('i64')],
    result: 'i32',
    code: code(
      block(loop(brIf(1, isAbove(add(get(i), i32(4)), get(count))), ofFour, br(0))),
      call(EXACTLY, get(i), get(count), get(bucketCount)),
    ),
  };
}

/** Places in the module. */
const [EXACTLY, NEXT] = [0, 1];

/**
 * Jump consistent hash (Lamping, Veach) of many keys at once. Its twin `jumpBucket` has no integers of 64 bits, and divides for
 * each jump; here a table says where most keys jump to.
 */
export class JumpKernel {
  readonly #exactly: (from: number, count: number, bucketCount: number) => number;
  readonly #byTable: (count: number, bucketCount: number) => number;
  readonly #keys: Int32Array;
  readonly #buckets: Uint16Array;
  readonly #jumps: Uint8Array;
  /** Whose jumps are in the table. */
  #tableBuckets = 0;

  constructor() {
    const { buffer, functions } = instantiate(wasmModule(PAGES, [exactly(), next(), byTable()]));
    this.#exactly = functions.exactly;
    this.#byTable = functions.byTable;
    this.#keys = new Int32Array(buffer, KEYS_AT, 2 * KEYS_MAX);
    this.#buckets = new Uint16Array(buffer, BUCKETS_AT, KEYS_MAX);
    this.#jumps = new Uint8Array(buffer, JUMPS_AT, (STAYS + TABLE_BUCKETS_MAX) << UPPER_BITS);
  }

  /**
   * Puts the buckets of the first `count` keys into `buckets`.
   *
   * @param keys each as `[low, high]`
   * @param bucketCount at most 65,536
   */
  buckets(keys: Int32Array, count: number, bucketCount: number, buckets: Uint16Array): void {
    const hasTable = bucketCount <= TABLE_BUCKETS_MAX;
    if (hasTable && bucketCount !== this.#tableBuckets) this.#fillTable(bucketCount);
    for (let start = 0; start < count; start += KEYS_MAX) {
      const end = Math.min(count, start + KEYS_MAX);
      this.#keys.set(keys.subarray(2 * start, 2 * end));
      if (hasTable) this.#byTable(end - start, bucketCount);
      else this.#exactly(0, end - start, bucketCount);
      buckets.set(this.#buckets.subarray(0, end - start), start);
    }
  }

  /** A jump is the shorter the larger the number that is drawn: where the ends of a range agree, all of it does. */
  #fillTable(bucketCount: number): void {
    const range = 2 ** (DRAW_BITS - UPPER_BITS);
    const jumpTo = (bucket: number, number: number): number =>
      Math.min(bucketCount, Math.floor((bucket + 1) * (2 ** DRAW_BITS / number)));
    for (let cell = 0; cell < bucketCount << UPPER_BITS; cell++) {
      const bucket = cell >> UPPER_BITS;
      const upper = cell & (2 ** UPPER_BITS - 1);
      const furthest = jumpTo(bucket, upper * range + 1);
      const nearest = jumpTo(bucket, (upper + 1) * range);
      const stays = nearest === bucketCount;
      this.#jumps[cell] = nearest !== furthest ? DEPENDS : stays ? STAYS | bucket : nearest;
      this.#jumps[cell + (STAYS << UPPER_BITS)] = STAYS | bucket;
    }
    this.#tableBuckets = bucketCount;
  }
}
