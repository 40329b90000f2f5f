import { add, advance, isAtLeast, shifted, subtract } from '../wasm/arithmetic.js';
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
  loadF64,
  loadI32,
  loadV128,
  loop,
  op,
  otherwise,
  storeByte,
  storeI16,
  storeI32,
  storeV128,
  type WasmFunction,
  wasmModule,
  when,
} from '../wasm/wasm.js';
import * as at from './column-layout.js';
import { PYTHON_FORM } from './number-form.js';
import { FOURS, FOURS_AT, NONE_AT } from './number-layout.js';
import { NUMBER, numberFunctions, WHOLE, word } from './number-program.js';

const COMMA_BLANK = Buffer.from(', ').readUInt16LE();
const COMMA_BLANK_OPEN = Buffer.from(', [\0').readInt32LE();
const [MINUS, CLOSE] = Buffer.from('-]');

const valueAt = (i: number): Code => code(shifted(get(i), 3), loadF64(at.VALUES_AT));

/** `values(count, separator)`: writes values from TEXT_AT on, a byte behind each. Returns the address behind the last one. */
function values(): WasmFunction {
  const [count, separator, i, p] = [0, 1, 2, 3];
  return {
    name: 'values',
    params: ['i32', 'i32'],
    locals: ['i32', 'i32'],
    result: 'i32',
    code: code(
      assign(p, i32(at.TEXT_AT)),
      block(
        loop(
          brIf(1, isAtLeast(get(i), get(count))),
          assign(p, call(NUMBER, get(p), valueAt(i))),
          code(get(p), get(separator), storeByte()),
          advance(p),
          advance(i),
          br(0),
        ),
      ),
      get(p),
    ),
  };
}

/**
 * `points(count, time, step, known)`: writes `, [value, time]` for values whose times are whole numbers below 10^15, from TEXT_AT on; where `known` is not 0, without those that are NaN. Returns the address behind the last one.
 */
function points(): WasmFunction {
  const [count, time, step, known, i, p, value] = [0, 1, 2, 3, 4, 5, 6];
  const [base, head, headLength] = [7, 8, 9];
  const point = code(
    code(get(p), i32(COMMA_BLANK_OPEN), storeI32()),
    advance(p, 3),
    // Many values are none.
    otherwise(
      code(get(value), get(value), op.f64Eq),
      assign(p, call(NUMBER, get(p), get(value))),
      assign(p, word(p, NONE_AT)),
    ),
    writeTime({ p, time, base, head, headLength }),
    code(get(p), i32(CLOSE), storeByte()),
    advance(p),
  );
  return {
    name: 'points',
    params: ['i32', 'f64', 'f64', 'i32'],
    locals: ['i32', 'i32', 'f64', 'f64', 'v128', 'i32'],
    result: 'i32',
    code: code(
      assign(p, i32(at.TEXT_AT)),
      assign(base, f64(Number.NEGATIVE_INFINITY)),
      block(
        loop(
          brIf(1, isAtLeast(get(i), get(count))),
          assign(value, valueAt(i)),
          when(
            code(get(known), op.i32Eqz, code(get(value), get(value), op.f64Eq), op.i32Or),
            point,
          ),
          assign(time, get(time), get(step), op.f64Add),
          advance(i),
          br(0),
        ),
      ),
      get(p),
    ),
  };
}

/** Writes `, time`. Its digits before the last four seldom change: they are kept, as the time `base` and as text. */
function writeTime({
  p,
  time,
  base,
  head,
  headLength,
}: Record<'p' | 'time' | 'base' | 'head' | 'headLength', number>): Code {
  const passed = code(get(time), get(base), op.f64Sub);
  const headDigits = code(get(base), f64(FOURS), op.f64Div, op.f64Abs, op.u64FromF64);
  const whole = code(
    advance(p, 2),
    when(code(get(time), f64(0), op.f64Lt), code(get(p), i32(MINUS), storeByte()), advance(p)),
    assign(p, call(WHOLE, get(p), code(get(time), op.f64Abs, op.u64FromF64))),
  );
  return code(
    when(
      code(passed, f64(FOURS), op.f64Ge),
      assign(base, get(time), f64(FOURS), op.f64Div, op.f64Floor, f64(FOURS), op.f64Mul),
      code(i32(at.TIME_HEAD_AT), i32(COMMA_BLANK), storeI16()),
      assign(
        headLength,
        subtract(call(WHOLE, i32(at.TIME_HEAD_AT + 2), headDigits), i32(at.TIME_HEAD_AT)),
      ),
      assign(head, code(i32(at.TIME_HEAD_AT), loadV128())),
    ),
    code(get(p), get(head), storeV128()),
    otherwise(
      code(get(base), f64(0), op.f64Gt),
      code(
        assign(p, add(get(p), get(headLength))),
        code(get(p), code(shifted(code(passed, op.i32FromF64), 2), loadI32(FOURS_AT)), storeI32()),
        advance(p, 4),
      ),
      whole,
    ),
  );
}

/** The module: `values`, `points` and `memory`. */
export function columnProgram(): Uint8Array<ArrayBuffer> {
  return wasmModule(at.PAGES, [...numberFunctions(PYTHON_FORM), values(), points()]);
}
