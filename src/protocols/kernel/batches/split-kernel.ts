import { add, advance, equal, isAtLeast, shifted, subtract } from '../wasm/arithmetic.js';
import { instantiate } from '../wasm/module.js';
import {
  assign,
  block,
  br,
  brIf,
  code,
  get,
  i32,
  leave,
  loadV128,
  loop,
  op,
  splatByte,
  storeI32,
  type WasmFunction,
  wasmModule,
  when,
} from '../wasm/wasm.js';

const NEWLINE = 0x0a;
/** Bytes that are looked at together; so many behind the input are looked at as well. */
const STEP_BYTES = 16;
/** Bytes of one call. */
const INPUT_BYTES = 64 * 1024;
/** Names have a byte at least. */
const NAMES_MAX = INPUT_BYTES / 2;
const STARTS_AT = 0;
const ENDS_AT = STARTS_AT + (NAMES_MAX + 1) * 4;
const INPUT_AT = ENDS_AT + NAMES_MAX * 4;
const PAGES = Math.ceil((INPUT_AT + INPUT_BYTES + STEP_BYTES) / (64 * 1024));

/**
 * `newlines(p, end, start, delta)`: writes where in `[p, end)` names end, and where those behind them start; `start` is
 * where the first one does, and `delta` is added to what is written. Returns how many end there, or -1 where one is empty.
 */
function newlines(): WasmFunction {
  const [p, end, start, delta, count, found, newline] = [0, 1, 2, 3, 4, 5, 6];
  const keep = code(
    assign(newline, add(get(p), code(get(found), op.i32Ctz))),
    when(equal(get(newline), get(start)), leave(i32(-1))),
    assign(start, add(get(newline), i32(1))),
    code(shifted(get(count), 2), add(get(newline), get(delta)), storeI32(ENDS_AT)),
    code(shifted(get(count), 2), add(get(start), get(delta)), storeI32(STARTS_AT + 4)),
    advance(count),
    assign(found, get(found), subtract(get(found), i32(1)), op.i32And),
  );
  return {
    name: 'newlines',
    params: ['i32', 'i32', 'i32', 'i32'],
    locals: ['i32', 'i32', 'i32'],
    result: 'i32',
    code: code(
      block(
        loop(
          brIf(1, isAtLeast(get(p), get(end))),
          assign(found, get(p), loadV128(), splatByte(NEWLINE), op.i8x16Eq, op.i8x16Bitmask),
          block(loop(brIf(1, code(get(found), op.i32Eqz)), keep, br(0))),
          advance(p, STEP_BYTES),
          br(0),
        ),
      ),
      get(count),
    ),
  };
}

/** Finds the names of a batch, sixteen bytes at a time in WebAssembly. */
export class SplitKernel {
  readonly #newlines: (p: number, end: number, start: number, delta: number) => number;
  readonly #input: Uint8Array;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;

  constructor() {
    const { buffer, functions } = instantiate(wasmModule(PAGES, [newlines()]));
    this.#newlines = functions.newlines;
    this.#input = new Uint8Array(buffer, INPUT_AT, INPUT_BYTES + STEP_BYTES);
    this.#starts = new Uint32Array(buffer, STARTS_AT, NAMES_MAX + 1);
    this.#ends = new Uint32Array(buffer, ENDS_AT, NAMES_MAX);
  }

  /**
   * Says where in `names` each of `count` names, at least one, starts and ends; a newline stands between two. False where
   * they are not as many, or one is empty.
   *
   * @param starts,ends with room for all of them
   */
  split(names: Uint8Array, count: number, starts: Uint32Array, ends: Uint32Array): boolean {
    let found = 0;
    let start = 0;
    starts[0] = 0;
    for (let from = 0; from < names.length; from += INPUT_BYTES) {
      const length = Math.min(INPUT_BYTES, names.length - from);
      this.#input.set(names.subarray(from, from + length));
      this.#input.fill(0, length, length + STEP_BYTES);
      const delta = from - INPUT_AT;
      const more = this.#newlines(INPUT_AT, INPUT_AT + length, start - delta, delta);
      if (more < 0 || found + more > count - 1) return false;
      if (more === 0) continue;
      ends.set(this.#ends.subarray(0, more), found);
      starts.set(this.#starts.subarray(1, more + 1), found + 1);
      found += more;
      start = starts[found];
    }
    ends[found] = names.length;
    return found === count - 1 && start < names.length;
  }
}
