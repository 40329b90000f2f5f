import { add, advance, isAbove, subtract } from '../wasm/arithmetic.js';
import {
  assign,
  block,
  br,
  brIf,
  type Code,
  call,
  code,
  get,
  i32,
  i64,
  laneByte,
  leave,
  loadI32,
  loop,
  op,
  shuffleBytes,
  splatByte,
  storeByte,
  storeI16,
  storeV128,
  v128,
  type WasmFunction,
  when,
} from '../wasm/wasm.js';
import { bytesFrom, DIGITS, LAST, nonZeros, ZERO } from './digits-program.js';
import type { NumberForm } from './number-form.js';
import { EXPONENT_AT } from './number-layout.js';

const [MINUS, PLUS, POINT, EXPONENT] = Buffer.from('-+.e');
const POINT_ZERO = Buffer.from('.0').readUInt16LE();
const ZERO_POINT_ZEROS = v128(Buffer.from('0.00000000000000'));
const FIRST = i64(10n ** BigInt(DIGITS));

/** The locals of `long`: the first digit, the sixteen behind it, the power of ten of the first one, and how many are shown. */
const [p, bits, value, first, rest, exponent, count] = [0, 1, 2, 3, 4, 5, 6];

/** Places of functions that `long` calls. */
export interface LongCalls {
  readonly shortest: number;
  readonly digits: number;
  readonly whole: number;
}

/** `long(p, bits)`: writes a finite double above 0 that may have 17 digits. Returns the address behind it. */
export function long(form: NumberForm, calls: LongCalls): WasmFunction {
  const behindFirst = code(
    get(value),
    code(get(first), op.i64FromU32, FIRST, op.i64Mul),
    op.i64Sub,
  );
  return {
    name: 'long',
    params: ['i32', 'i64'],
    locals: ['i64', 'i32', 'v128', 'i32', 'i32'],
    result: 'i32',
    code: code(
      assign(value, call(calls.shortest, get(bits))),
      assign(exponent, code(i32(0), loadI32(EXPONENT_AT)), i32(DIGITS), op.i32Add),
      // Of normal numbers at most once.
      block(
        loop(
          brIf(1, code(get(value), FIRST, op.i64GeU)),
          assign(value, get(value), i64(10n), op.i64Mul),
          advance(exponent, -1),
          br(0),
        ),
      ),
      assign(first, get(value), FIRST, op.i64DivU, op.i32FromI64),
      assign(rest, call(calls.digits, behindFirst)),
      assign(first, add(get(first), i32(ZERO))),
      assign(count, subtract(i32(33), code(nonZeros(get(rest)), op.i32Clz))),
      when(isWithin(exponent, 0, form.plainTo), plain(form)),
      when(isWithin(exponent, form.plainFrom, 0), fraction()),
      scientific(form, calls.whole),
    ),
  };
}

/** Writes all 17 digits at `p`. */
function allDigits(): Code {
  const first16 = shuffleBytes(code(get(first), op.i8x16Splat), get(rest), [
    0,
    ...Array.from({ length: LAST }, (_, i) => DIGITS + i),
  ]);
  return code(
    code(get(p), first16, storeV128()),
    code(get(p), code(get(rest), laneByte(LAST)), storeByte(DIGITS)),
  );
}

/** Returns behind a number with no exponent, from 1 on. */
function plain({ hasPoint, plainTo }: NumberForm): Code {
  return code(
    allDigits(),
    plainTo > DIGITS + 1 ? code(get(p), splatByte(ZERO), storeV128(DIGITS + 1)) : [],
    assign(p, add(get(p), get(exponent), i32(1))),
    when(
      isAbove(get(count), add(get(exponent), i32(1))),
      code(get(p), i32(POINT), storeByte()),
      code(get(p), bytesFrom(get(rest), get(exponent)), storeV128(1)),
      leave(add(get(p), subtract(get(count), get(exponent)))),
    ),
    leave(hasPoint ? pointZero(p) : get(p)),
  );
}

/** Returns behind a number with no exponent, below 1. */
function fraction(): Code {
  return code(
    code(get(p), ZERO_POINT_ZEROS, storeV128()),
    assign(p, subtract(add(get(p), i32(1)), get(exponent))),
    allDigits(),
    leave(add(get(p), get(count))),
  );
}

/** Writes digits with an exponent behind them, and returns the address behind that. */
function scientific({ hasLongExponent }: NumberForm, whole: number): Code {
  return code(
    code(get(p), get(first), storeByte()),
    advance(p),
    when(
      isAbove(get(count), i32(1)),
      code(get(p), i32(POINT), storeByte()),
      code(get(p), get(rest), storeV128(1)),
      assign(p, add(get(p), get(count))),
    ),
    code(get(p), i32(EXPONENT), storeByte()),
    code(get(p), i32(PLUS), storeByte(1)),
    when(
      code(get(exponent), i32(0), op.i32LtS),
      code(get(p), i32(MINUS), storeByte(1)),
      assign(exponent, subtract(i32(0), get(exponent))),
    ),
    advance(p, 2),
    hasLongExponent
      ? when(
          code(get(exponent), i32(10), op.i32LtU),
          code(get(p), i32(ZERO), storeByte()),
          advance(p),
        )
      : [],
    call(whole, get(p), code(get(exponent), op.i64FromU32)),
  );
}

/** Whether a local lies in `[from, to)`. */
function isWithin(local: number, from: number, to: number): Code {
  return code(subtract(get(local), i32(from)), i32(to - from), op.i32LtU);
}

/** Writes `.0`, and returns the address behind it. */
export function pointZero(at: number): Code {
  return code(code(get(at), i32(POINT_ZERO), storeI16()), add(get(at), i32(2)));
}
