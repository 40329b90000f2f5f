import { add, advance, isBelow, shifted } from '../wasm/arithmetic.js';
import {
  assign,
  block,
  br,
  brIf,
  type Code,
  code,
  get,
  i32,
  laneI32,
  loadLowerI64,
  loadV128,
  loop,
  op,
  set,
  shuffleI32,
  storeLowerI64,
  storeV128,
  tee,
  v128,
  type WasmFunction,
  wasmModule,
  when,
} from '../wasm/wasm.js';
import { LARGEST_AT, MISSING_AT, PAGES, RESULTS_AT, VALUES_AT } from './fold-layout.js';

const VALUE_BYTES = 8;
const COUNT_BYTES = 4;
/** What is answered where a value does not fit. */
export const UNFIT = -1;

const ZEROS = v128(new Uint8Array(16));
const MINUS_ZEROS = v128(new Uint8Array(Float64Array.of(-0, -0).buffer));

/** Locals: two values that are looked at, and what is known of those before them. */
const [AT, COUNT, PARTS, END, VALUES, LARGEST, UNFITS, NULLS, UNITS, SCALED] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
];

/** Numbers with digits behind the unit do not fit; the largest one is kept, without its sign. */
const LOOK_AT_NUMBERS = code(
  assign(LARGEST, get(LARGEST), code(get(VALUES), op.f64x2Abs), op.f64x2Pmax),
  code(get(VALUES), get(UNITS), op.f64x2Mul, tee(SCALED)),
  code(get(SCALED), op.f64x2Trunc, op.f64x2Sub, op.f64x2Abs),
  // Of what is NaN or infinite the difference is NaN, which is not above 0.
  code(ZEROS, op.f64x2Gt, get(UNFITS), op.v128Or, set(UNFITS)),
);

/** -0 does not fit: 0 is as large, and which of the two comes out depends on the order. */
const LOOK_FOR_MINUS_ZERO = assign(
  UNFITS,
  code(get(VALUES), MINUS_ZEROS, op.i64x2Eq),
  get(UNFITS),
  op.v128Or,
);

/**
 * `name(at, count, parts)`: how many of `count` values, from the one at the place `at` on, are NaN; `UNFIT` where another one does
 * not fit. The unit is one divided by `parts`.
 */
function look(name: string, lookAtTwo: Code): WasmFunction {
  const two = code(
    lookAtTwo,
    assign(NULLS, get(NULLS), code(get(VALUES), get(VALUES), op.f64x2Ne), op.i64x2Sub),
  );
  return {
    name,
    params: ['i32', 'i32', 'f64'],
    locals: ['i32', ...new Array(6).fill('v128')],
    result: 'i32',
    code: code(
      assign(UNITS, get(PARTS), op.f64x2Splat),
      assign(LARGEST, i32(LARGEST_AT), loadV128()),
      assign(AT, shifted(get(AT), 3)),
      assign(END, add(get(AT), shifted(code(get(COUNT), i32(-2), op.i32And), 3))),
      block(
        loop(
          brIf(1, code(isBelow(get(AT), get(END)), op.i32Eqz)),
          assign(VALUES, get(AT), loadV128(VALUES_AT)),
          two,
          advance(AT, 2 * VALUE_BYTES),
          br(0),
        ),
      ),
      // Beside the last one stands a 0, which always fits.
      when(
        code(get(COUNT), i32(1), op.i32And),
        assign(VALUES, get(AT), loadLowerI64(VALUES_AT)),
        two,
      ),
      i32(LARGEST_AT),
      get(LARGEST),
      storeV128(),
      i32(UNFIT),
      add(code(get(NULLS), laneI32(0)), code(get(NULLS), laneI32(2))),
      code(get(UNFITS), op.v128AnyTrue),
      op.select,
    ),
  };
}

/** `name(at, count)`: puts `count` values, from the one at the place `at` on, to the first results. */
function put(name: string, putTwo: Code, resultBytes = VALUE_BYTES): WasmFunction {
  const [at, count, to, end] = [0, 1, 2, 3];
  return {
    name,
    params: ['i32', 'i32'],
    locals: ['i32', 'i32', 'v128'],
    result: 'i32',
    code: code(
      assign(at, shifted(get(at), 3)),
      assign(end, add(get(at), shifted(get(count), 3))),
      block(
        loop(
          brIf(1, code(isBelow(get(at), get(end)), op.i32Eqz)),
          get(to),
          assign(VALUES, get(at), loadV128(VALUES_AT)),
          putTwo,
          advance(at, 2 * VALUE_BYTES),
          advance(to, 2 * resultBytes),
          br(0),
        ),
      ),
      get(count),
    ),
  };
}

/** The values, and 0 for what is NaN, are added. */
const ADD = code(
  code(get(2), loadV128(RESULTS_AT)),
  code(get(VALUES), get(VALUES), get(VALUES), op.f64x2Eq, op.v128And),
  code(op.f64x2Add, storeV128(RESULTS_AT)),
);
/** Of a result and a value that is NaN the result is taken. */
const exceed = (choose: Code): Code =>
  code(get(2), loadV128(RESULTS_AT), get(VALUES), choose, storeV128(RESULTS_AT));
const COUNT_NULLS = code(
  code(get(2), loadLowerI64(MISSING_AT)),
  shuffleI32(code(get(VALUES), get(VALUES), op.f64x2Ne), ZEROS, [0, 2, 4, 4]),
  code(op.i32x4Sub, storeLowerI64(MISSING_AT)),
);

export const FOLD_PROGRAM = wasmModule(PAGES, [
  look('lookAtNumbers', LOOK_AT_NUMBERS),
  look('lookForMinusZero', LOOK_FOR_MINUS_ZERO),
  put('sum', ADD),
  put('max', exceed(op.f64x2Pmax)),
  put('min', exceed(op.f64x2Pmin)),
  put('missing', COUNT_NULLS, COUNT_BYTES),
]);
