import { add, advance, subtract } from '../wasm/arithmetic.js';
import {
  assign,
  type Code,
  call,
  code,
  f64,
  get,
  i32,
  i64,
  leave,
  loadI32,
  loadV128,
  op,
  storeByte,
  storeI32,
  storeV128,
  type WasmFunction,
  when,
} from '../wasm/wasm.js';
import { digits, fourDigits, whole, ZEROS } from './digits-program.js';
import { long, pointZero } from './long-program.js';
import type { NumberForm } from './number-form.js';
import * as at from './number-layout.js';
import { high, shortest } from './shortest-program.js';

const POINT = 0x2e;
const MINUS_ZERO = Buffer.from('-0.0').readInt32LE();
const SIGN = 1n << 63n;

/** Below it every decimal of 15 digits has a double of its own, so there is no shorter one for that. */
const EXACT_BELOW = 1e15;

/** The places of these functions, at the beginning of a module. */
const [HIGH, SHORTEST, DIGITS_OF, DECIMAL, LONG] = [0, 1, 2, 4, 5];
export const WHOLE = 3;
export const NUMBER = 6;
/** So many functions there are. */
export const NUMBER_FUNCTIONS = 7;

/** `decimal(p, value)`: writes ten-thousandths below 10^15. Returns the address behind them. */
function decimal({ hasPoint }: NumberForm): WasmFunction {
  const [p, value, units, word, fraction] = [0, 1, 2, 3, 4];
  const fours = i64(BigInt(at.FOURS));
  return {
    name: 'decimal',
    params: ['i32', 'i64'],
    locals: ['i64', 'i32', 'i32'],
    result: 'i32',
    code: code(
      assign(units, get(value), fours, op.i64DivU),
      assign(p, call(WHOLE, get(p), get(units))),
      assign(fraction, get(value), get(units), fours, op.i64Mul, op.i64Sub, op.i32FromI64),
      hasPoint ? [] : when(code(get(fraction), op.i32Eqz), leave(get(p))),
      assign(word, fourDigits(fraction)),
      code(get(p), i32(POINT), storeByte()),
      code(get(p), get(word), storeI32(1)),
      // Zeros at the end are not shown, but for the first digit.
      add(
        get(p),
        subtract(
          i32(5),
          code(get(word), i32(ZEROS), op.i32Xor, i32(1), op.i32Or, op.i32Clz, i32(3), op.i32ShrU),
        ),
      ),
    ),
  };
}

/** Writes a word of the layout, and returns the address behind it. */
export function word(p: number, place: number): Code {
  return code(
    code(get(p), code(i32(0), loadV128(place)), storeV128()),
    add(get(p), code(i32(0), loadI32(place + at.WORD_BYTES))),
  );
}

/**
 * `number(p, value)`: writes a number at `p`, where there are NUMBER_ROOM bytes, in the fewest digits from which it is read
 * back to the bit. Returns the address behind it.
 */
function number({ hasPoint }: NumberForm): WasmFunction {
  const [p, value, scaled] = [0, 1, 2];
  const bits = code(get(value), op.i64BitsOfF64);
  const sign = code(
    code(get(p), i32(MINUS_ZERO), storeI32()),
    hasPoint ? [] : when(code(bits, i64(SIGN), op.i64Eq), leave(add(get(p), i32(4)))),
    advance(p),
    assign(value, get(value), op.f64Neg),
  );
  // The quotient is rounded as a reader of the text rounds it: equal here is equal there.
  const decimals = code(
    assign(scaled, get(value), f64(at.FOURS), op.f64Mul, op.f64Nearest),
    when(
      code(get(scaled), f64(at.FOURS), op.f64Div, get(value), op.f64Eq),
      leave(call(DECIMAL, get(p), code(get(scaled), op.u64FromF64))),
    ),
  );
  const isWhole = code(
    code(get(value), f64(EXACT_BELOW), op.f64Lt),
    code(get(value), get(value), op.f64Floor, op.f64Eq),
    op.i32And,
  );
  const units = code(
    assign(p, call(WHOLE, get(p), code(get(value), op.u64FromF64))),
    leave(hasPoint ? pointZero(p) : get(p)),
  );
  return {
    name: 'number',
    params: ['i32', 'f64'],
    locals: ['f64'],
    result: 'i32',
    code: code(
      when(code(get(value), get(value), op.f64Ne), leave(word(p, at.NONE_AT))),
      when(code(bits, i64(0n), op.i64LtS), sign),
      when(code(get(value), f64(EXACT_BELOW / at.FOURS), op.f64Lt), decimals),
      when(isWhole, units),
      when(
        code(get(value), f64(Number.POSITIVE_INFINITY), op.f64Eq),
        leave(word(p, at.INFINITE_AT)),
      ),
      call(LONG, get(p), bits),
    ),
  };
}

/** The functions with which a module that writes numbers begins: `NUMBER` and `WHOLE` are places of them. */
export function numberFunctions(form: NumberForm): readonly WasmFunction[] {
  const calls = { shortest: SHORTEST, digits: DIGITS_OF, whole: WHOLE };
  return [
    high(),
    shortest(HIGH),
    digits(),
    whole(DIGITS_OF),
    decimal(form),
    long(form, calls),
    number(form),
  ];
}
