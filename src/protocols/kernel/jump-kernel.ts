import { instantiate } from './module.js';
import {
  assign,
  block,
  br,
  brIf,
  code,
  f64,
  get,
  i32,
  i64,
  loadI64,
  loop,
  op,
  storeI16,
  type WasmFunction,
  wasmModule,
} from './wasm.js';

/** Keys of one call. */
const KEYS_MAX = 2048;
const KEYS_AT = 0;
const BUCKETS_AT = KEYS_AT + KEYS_MAX * 8;
const PAGES = 1;

/** The multiplier of the generator in the paper. */
const MULTIPLIER = 2862933555777941757n;

/** `jump(count, bucketCount)`: the buckets of `count` keys. */
function jump(): WasmFunction {
  const [count, bucketCount, i, bucket, key, next] = [0, 1, 2, 3, 4, 5];
  const step = code(
    assign(key, code(get(key), i64(MULTIPLIER), op.i64Mul), i64(1n), op.i64Add),
    assign(
      next,
      code(get(bucket), i32(1), op.i32Add, op.f64FromI32),
      code(f64(2 ** 31)),
      code(get(key), i64(33n), op.i64ShrU, i64(1n), op.i64Add, op.f64FromI64),
      code(op.f64Div, op.f64Mul),
    ),
    brIf(1, code(get(next), get(bucketCount), op.f64FromI32, op.f64Ge)),
    assign(bucket, get(next), op.i32FromF64),
    br(0),
  );
  return {
    name: 'jump',
    params: ['i32', 'i32'],
    locals: ['i32', 'i32', 'i64', 'f64'],
    result: 'i32',
    code: code(
      block(
        loop(
          brIf(1, code(get(i), get(count), op.i32GeU)),
          assign(key, code(get(i), i32(3), op.i32Shl), loadI64(KEYS_AT)),
          assign(bucket, i32(0)),
          block(loop(step)),
          code(code(get(i), i32(1), op.i32Shl), get(bucket), storeI16(BUCKETS_AT)),
          assign(i, get(i), i32(1), op.i32Add),
          br(0),
        ),
      ),
      get(i),
    ),
  };
}

/** Jump consistent hash of many keys at once: twice as fast as its twin `jumpBucket`, since there are integers of 64 bits. */
export class JumpKernel {
  readonly #jump: (count: number, bucketCount: number) => number;
  readonly #keys: Int32Array;
  readonly #buckets: Uint16Array;

  constructor() {
    const { buffer, functions } = instantiate(wasmModule(PAGES, [jump()]));
    this.#jump = functions.jump;
    this.#keys = new Int32Array(buffer, KEYS_AT, 2 * KEYS_MAX);
    this.#buckets = new Uint16Array(buffer, BUCKETS_AT, KEYS_MAX);
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
    for (let start = from; start < to; start += KEYS_MAX) {
      const end = Math.min(to, start + KEYS_MAX);
      this.#keys.set(keys.subarray(2 * start, 2 * end));
      this.#jump(end - start, bucketCount);
      buckets.set(this.#buckets.subarray(0, end - start), start - from);
    }
  }
}
