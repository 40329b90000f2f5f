import { add, advance, isAtLeast, shifted, subtract } from '../wasm/arithmetic.js';
import {
  assign,
  type Code,
  call,
  code,
  get,
  i32,
  i64,
  leave,
  loadI32,
  loadU32,
  op,
  splatByte,
  storeI32,
  storeV128,
  v128,
  type WasmFunction,
  when,
  withUpperI64,
} from '../wasm/wasm.js';
import { FOURS, FOURS_AT } from './number-layout.js';

export const ZERO = 0x30;
export const ZEROS = Buffer.from('0000').readInt32LE();
/** Digits of a vector. */
export const DIGITS = 16;
export const LAST = DIGITS - 1;
const INDEXES = v128(Array.from({ length: DIGITS }, (_, i) => i));

/** Those bytes of a vector that begin with the given one, of as many as there are. */
export const bytesFrom = (vector: Code, first: Code): Code =>
  code(vector, code(first, op.i8x16Splat, INDEXES, op.i8x16Add), op.i8x16Swizzle);
/** One bit for each digit that is not 0, the lowest one for the first. */
export const nonZeros = (digits: Code): Code =>
  code(digits, splatByte(ZERO), op.i8x16Ne, op.i8x16Bitmask);

/** The digits of a local from 0 to 9999, as a word. */
export const fourDigits = (local: number): Code => code(shifted(get(local), 2), loadI32(FOURS_AT));

/** `digits(value)`: 16 digits, of a whole number below 10^16, as a vector. */
export function digits(): WasmFunction {
  const [value, upper, eight, four] = [0, 1, 2, 3];
  const eightDigits = code(
    assign(four, get(eight), i32(FOURS), op.i32DivU),
    code(shifted(get(four), 2), loadU32(FOURS_AT)),
    assign(four, subtract(get(eight), code(get(four), i32(FOURS), op.i32Mul))),
    code(shifted(get(four), 2), loadU32(FOURS_AT), i64(32n), op.i64Shl, op.i64Or),
  );
  const below = i64(100_000_000n);
  return {
    name: 'digits',
    params: ['i64'],
    locals: ['i64', 'i32', 'i32'],
    result: 'v128',
    code: code(
      assign(upper, get(value), below, op.i64DivU),
      assign(eight, get(upper), op.i32FromI64),
      code(eightDigits, op.i64x2Splat),
      assign(eight, get(value), get(upper), below, op.i64Mul, op.i64Sub, op.i32FromI64),
      code(eightDigits, withUpperI64),
    ),
  };
}

/** `whole(p, value)`: writes a whole number below 10^16. Returns the address behind it. */
export function whole(digitsIndex: number): WasmFunction {
  const [p, value, upper, lower, word, skipped, text] = [0, 1, 2, 3, 4, 5, 6];
  const long = code(
    assign(text, call(digitsIndex, get(value))),
    assign(skipped, nonZeros(get(text)), i32(1 << LAST), op.i32Or, op.i32Ctz),
    code(get(p), bytesFrom(get(text), get(skipped)), storeV128()),
    leave(add(get(p), subtract(i32(DIGITS), get(skipped)))),
  );
  return {
    name: 'whole',
    params: ['i32', 'i64'],
    locals: ['i32', 'i32', 'i32', 'i32', 'v128'],
    result: 'i32',
    code: code(
      when(code(get(value), i64(100_000_000n), op.i64GeU), long),
      assign(lower, get(value), op.i32FromI64),
      assign(upper, get(lower)),
      when(isAtLeast(get(lower), i32(FOURS)), assign(upper, get(lower), i32(FOURS), op.i32DivU)),
      assign(word, fourDigits(upper)),
      // As bits; the last digit is never skipped.
      assign(
        skipped,
        code(get(word), i32(ZEROS), op.i32Xor, i32(1 << 24), op.i32Or, op.i32Ctz),
        code(i32(0x38), op.i32And),
      ),
      code(get(p), code(get(word), get(skipped), op.i32ShrU), storeI32()),
      assign(p, subtract(add(get(p), i32(4)), code(get(skipped), i32(3), op.i32ShrU))),
      when(
        isAtLeast(get(lower), i32(FOURS)),
        assign(lower, subtract(get(lower), code(get(upper), i32(FOURS), op.i32Mul))),
        code(get(p), fourDigits(lower), storeI32()),
        advance(p, 4),
      ),
      get(p),
    ),
  };
}
