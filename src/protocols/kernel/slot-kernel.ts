import { add, advance, equal, isAtLeast, isBelow, shifted } from './wasm/arithmetic.js';
import { instantiate } from './wasm/module.js';
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
  laneF64,
  laneI32,
  loadV128,
  loop,
  op,
  storeF64,
  storeI32,
  storeV128,
  v128,
  type WasmFunction,
  wasmModule,
  when,
} from './wasm/wasm.js';

/** Slots of one call at most. */
export const SLOTS_MAX = 4_096;
/** A slot of a whisper file: a timestamp of 32 bits, a double; both big-endian. */
const SLOT_BYTES = 12;
const VALUE_BYTES = 8;
/** Two slots are looked at together, in vectors: so much is read and written behind the last one. */
const SLACK_BYTES = 32;

const SLOTS_AT = 0;
const VALUES_AT = SLOTS_AT + SLOTS_MAX * SLOT_BYTES + SLACK_BYTES;
const KNOWN_AT = VALUES_AT + SLOTS_MAX * VALUE_BYTES + SLACK_BYTES;
const PAGES = Math.ceil((KNOWN_AT + SLOTS_MAX * 4) / (64 * 1024));

const NULLS = v128(new Uint8Array(Float64Array.of(Number.NaN, Number.NaN).buffer));
const SECOND = v128(new Uint8Array(Int32Array.of(0, 0, -1, -1).buffer));
/** Puts the bytes of a value, or twice those of a timestamp, of the slot that a vector begins with into one half of another. */
const VALUE_LANES = [11, 10, 9, 8, 7, 6, 5, 4];
const STAMP_LANES = [3, 2, 1, 0, 3, 2, 1, 0];
/** A slot as its timestamp, in the first word, and its value, in the second half. */
const TURNED = v128([3, 2, 1, 0, 0x80, 0x80, 0x80, 0x80, ...VALUE_LANES]);
const NOTHING = new Array<number>(8).fill(0x80);

/**
 * `values(count, time, step)`: the values of `count` slots, NaN for those whose timestamps are not `time`, `time + step` and so on.
 */
function values(): WasmFunction {
  const [count, time, step, from, to, times, steps, first, second, nulls] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ];
  // Constants in locals: within the loop V8 would make each of them anew.
  const [firstValue, secondValue, firstStamp, secondStamp] = [10, 11, 12, 13];
  const both = (ofFirst: number, ofSecond: number): Code =>
    code(
      code(get(first), get(ofFirst), op.i8x16Swizzle),
      code(get(second), get(ofSecond), op.i8x16Swizzle),
      op.v128Or,
    );
  return {
    name: 'values',
    params: ['i32', 'i32', 'i32'],
    locals: ['i32', 'i32', ...new Array(9).fill('v128')],
    result: 'i32',
    code: code(
      assign(nulls, NULLS),
      assign(firstValue, v128([...VALUE_LANES, ...NOTHING])),
      assign(secondValue, v128([...NOTHING, ...VALUE_LANES])),
      assign(firstStamp, v128([...STAMP_LANES, ...NOTHING])),
      assign(secondStamp, v128([...NOTHING, ...STAMP_LANES])),
      assign(steps, code(get(step), op.i32x4Splat)),
      assign(
        times,
        code(get(time), op.i32x4Splat),
        code(get(steps), SECOND, op.v128And),
        op.i32x4Add,
      ),
      assign(steps, get(steps), get(steps), op.i32x4Add),
      block(
        loop(
          brIf(1, code(isBelow(get(to), shifted(get(count), 3)), op.i32Eqz)),
          assign(first, get(from), loadV128(SLOTS_AT)),
          assign(second, get(from), loadV128(SLOTS_AT + SLOT_BYTES)),
          get(to),
          both(firstValue, secondValue),
          get(nulls),
          code(both(firstStamp, secondStamp), get(times), op.i32x4Eq),
          op.v128Select,
          storeV128(VALUES_AT),
          assign(times, get(times), get(steps), op.i32x4Add),
          advance(from, 2 * SLOT_BYTES),
          advance(to, 2 * VALUE_BYTES),
          br(0),
        ),
      ),
      get(count),
    ),
  };
}

/**
 * `sums(windows, slots, time, step)`: of each window, of `slots` slots, how many of these have the timestamps `time`, `time + step`
 * and so on, and the sum of their values, added up from the first to the last as whisper does.
 */
function sums(): WasmFunction {
  const [windows, slots, time, step, window, end, from, known, sum, slot] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ];
  return {
    name: 'sums',
    params: ['i32', 'i32', 'i32', 'i32'],
    locals: ['i32', 'i32', 'i32', 'i32', 'f64', 'v128'],
    result: 'i32',
    code: code(
      block(
        loop(
          brIf(1, isAtLeast(get(window), get(windows))),
          assign(known, i32(0)),
          assign(sum, f64(0)),
          assign(end, add(get(from), code(get(slots), i32(SLOT_BYTES), op.i32Mul))),
          loop(
            assign(slot, get(from), loadV128(SLOTS_AT)),
            assign(slot, get(slot), TURNED, op.i8x16Swizzle),
            when(
              equal(code(get(slot), laneI32(0)), get(time)),
              assign(sum, get(sum), get(slot), laneF64(1), op.f64Add),
              advance(known),
            ),
            assign(time, add(get(time), get(step))),
            advance(from, SLOT_BYTES),
            brIf(0, isBelow(get(from), get(end))),
          ),
          code(shifted(get(window), 2), get(known), storeI32(KNOWN_AT)),
          code(shifted(get(window), 3), get(sum), storeF64(VALUES_AT)),
          advance(window),
          br(0),
        ),
      ),
      get(windows),
    ),
  };
}

/** Takes the values out of slots of whisper files, two at a time, and sums of them, in WebAssembly. */
export class SlotKernel {
  /** Where the slots are to be put. */
  readonly slots: Uint8Array;
  readonly #values: (count: number, timeS: number, stepS: number) => number;
  /** Of each window that `sumUp` was asked for, how many slots have a value. Good until the next call, as `sums`. */
  readonly known: Int32Array;
  /** Of each of these windows the sum of its values; 0 where it has none. */
  readonly sums: Float64Array;
  readonly #sums: (windows: number, slots: number, timeS: number, stepS: number) => number;
  readonly #column: Float64Array;

  constructor() {
    const { buffer, functions } = instantiate(wasmModule(PAGES, [values(), sums()]));
    this.slots = new Uint8Array(buffer, SLOTS_AT, SLOTS_MAX * SLOT_BYTES);
    this.#values = functions.values;
    this.#sums = functions.sums;
    this.#column = new Float64Array(buffer, VALUES_AT, SLOTS_MAX);
    this.sums = this.#column;
    this.known = new Int32Array(buffer, KNOWN_AT, SLOTS_MAX);
  }

  /**
   * The values of the first `count` slots whose timestamps are `timeS`, `timeS + stepS` and so on; NaN for the others. A view
   * of the kernel, good until its next call.
   */
  values(count: number, timeS: number, stepS: number): Float64Array {
    this.#values(count, timeS, stepS);
    return this.#column.subarray(0, count);
  }

  /**
   * Fills `known` and `sums` for windows of `slots` slots each, at least 1, one behind the other: from the values of those
   * whose timestamps are `timeS`, `timeS + stepS` and so on. These must fit 32 bits.
   */
  sumUp(windows: number, slots: number, timeS: number, stepS: number): void {
    this.#sums(windows, slots, timeS, stepS);
  }
}

let shared: SlotKernel | undefined;

/** The one of this thread, for those who use what it returns at once; it is made when it is needed first. */
export function slotKernel(): SlotKernel {
  shared ??= new SlotKernel();
  return shared;
}
