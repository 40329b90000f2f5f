import { BLANK, LINE_BYTES_MAX, TILDE } from '../../byte-classes.js';
import { add, advance, differ, equal, isAtLeast, shifted, subtract } from '../wasm/arithmetic.js';
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
  leave,
  loadByte,
  loadF64,
  loadV128,
  loop,
  op,
  splatByte,
  storeByte,
  storeF64,
  storeI32,
  type WasmFunction,
  wasmModule,
  when,
} from '../wasm/wasm.js';
import * as at from './line-layout.js';

const [NEWLINE, RETURN, SPACE, POINT, MINUS, ZERO] = [0x0a, 0x0d, 0x20, 0x2e, 0x2d, 0x30];
const [SEMICOLON, BRACE, SMALL_E] = [0x3b, 0x7b, 0x65];
/** Bytes of a name that are looked at together. */
const CHUNK_BYTES = at.SLACK_BYTES;
const ADDRESS_0 = i32(0);
const NONE = i32(-1);

const byteAt = (address: Code): Code => code(address, loadByte());
const classAt = (address: Code): Code => code(byteAt(address), loadByte(at.CLASSES_AT));

/** `number(p)`: reads `-?digits[.digits]` at p into NUMBER_AT. Returns the index behind it, or -1 where there is none. */
function number(): WasmFunction {
  const [p, digit, from, isNegative, decimals, digits, mantissa, value] = [0, 1, 2, 3, 4, 5, 6, 7];
  const scanDigits = block(
    loop(
      assign(digit, byteAt(get(p)), i32(ZERO), op.i32Sub),
      brIf(1, isAtLeast(get(digit), i32(10))),
      assign(
        mantissa,
        code(get(mantissa), i64(10n), op.i64Mul),
        code(get(digit), op.i64FromU32),
        op.i64Add,
      ),
      advance(p),
      br(0),
    ),
  );
  return {
    name: 'number',
    params: ['i32'],
    locals: ['i32', 'i32', 'i32', 'i32', 'i32', 'i64', 'f64'],
    result: 'i32',
    code: code(
      when(equal(byteAt(get(p)), i32(MINUS)), assign(isNegative, i32(1)), advance(p)),
      assign(from, get(p)),
      scanDigits,
      assign(digits, get(p), get(from), op.i32Sub),
      when(equal(get(digits), i32(0)), leave(NONE)),
      when(
        equal(byteAt(get(p)), i32(POINT)),
        advance(p),
        assign(from, get(p)),
        scanDigits,
        assign(decimals, get(p), get(from), op.i32Sub),
        assign(digits, add(get(digits), get(decimals))),
      ),
      when(code(get(digits), i32(at.DIGITS_MAX), op.i32GtU), leave(NONE)),
      when(equal(code(byteAt(get(p)), i32(0x20), op.i32Or), i32(SMALL_E)), leave(NONE)),
      assign(value, get(mantissa), op.f64FromI64),
      when(
        get(decimals),
        assign(value, get(value), shifted(get(decimals), 3), loadF64(at.POWERS_AT), op.f64Div),
      ),
      when(get(isNegative), assign(value, get(value), op.f64Neg)),
      code(ADDRESS_0, get(value), storeF64(at.NUMBER_AT)),
      get(p),
    ),
  };
}

/** `lines(start, end, delta)`: see `LineKernel`. Returns how many points it has read, and leaves at STOPPED_AT where it stopped. */
function lines(): WasmFunction {
  const [p, end, delta, lineStart, nameEnd, byte, class_, isUnusual, count, ends, unusual] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ];
  const [value, time, chunk, timeText, timeLength, timeBits, isKnown] = [
    11, 12, 13, 14, 15, 16, 17,
  ];
  const readNumber = code(assign(p, call(0, add(get(p), i32(1)))), brIf(1, equal(get(p), NONE)));
  // Of what ends a name, nothing is between a blank and a byte of 0x80; some of what is below a blank may stand in names.
  const readName = block(
    loop(
      assign(chunk, get(p), loadV128()),
      assign(ends, get(chunk), splatByte(SPACE), op.i8x16LeS, op.i8x16Bitmask),
      assign(
        unusual,
        code(get(chunk), splatByte(SEMICOLON), op.i8x16Eq),
        code(get(chunk), splatByte(BRACE), op.i8x16Eq),
        op.v128Or,
        op.i8x16Bitmask,
      ),
      when(
        code(get(ends), op.i32Eqz),
        assign(isUnusual, get(isUnusual), get(unusual), op.i32Or),
        advance(p, CHUNK_BYTES),
        br(1),
      ),
      assign(byte, get(ends), op.i32Ctz),
      assign(
        isUnusual,
        get(isUnusual),
        code(get(unusual), subtract(code(i32(1), get(byte), op.i32Shl), i32(1)), op.i32And),
        op.i32Or,
      ),
      assign(p, add(get(p), get(byte))),
      assign(class_, classAt(get(p))),
      brIf(1, isAtLeast(get(class_), i32(BLANK))),
      advance(p),
      br(0),
    ),
  );
  // Most times are those of the line before: the same bytes, up to the one behind the number, are the same number.
  const readTime = code(
    assign(chunk, add(get(p), i32(1)), loadV128()),
    assign(
      isKnown,
      equal(
        code(get(chunk), get(timeText), op.i8x16Eq, op.i8x16Bitmask, get(timeBits), op.i32And),
        get(timeBits),
      ),
    ),
    when(get(isKnown), assign(p, add(get(p), get(timeLength), i32(1)))),
    when(
      code(get(isKnown), op.i32Eqz),
      brIf(2, equal(byteAt(add(get(p), i32(1))), i32(MINUS))),
      assign(timeLength, get(p)),
      assign(p, call(0, add(get(p), i32(1)))),
      brIf(2, equal(get(p), NONE)),
      assign(time, ADDRESS_0, loadF64(at.NUMBER_AT)),
      assign(timeLength, subtract(get(p), add(get(timeLength), i32(1)))),
      assign(timeText, get(chunk)),
      assign(timeBits, subtract(code(i32(1), add(get(timeLength), i32(1)), op.i32Shl), i32(1))),
    ),
  );
  const keepPoint = code(
    code(shifted(get(count), 3), get(time), storeF64(at.TIMES_AT)),
    code(shifted(get(count), 3), get(value), storeF64(at.VALUES_AT)),
    code(shifted(get(count), 2), add(get(lineStart), get(delta)), storeI32(at.STARTS_AT)),
    code(shifted(get(count), 2), add(get(nameEnd), get(delta)), storeI32(at.ENDS_AT)),
    code(get(count), differ(get(isUnusual), i32(0)), storeByte(at.UNUSUAL_AT)),
    advance(count),
  );
  return {
    name: 'lines',
    params: ['i32', 'i32', 'i32'],
    locals: [...new Array(8).fill('i32'), 'f64', 'f64', 'v128', 'v128', 'i32', 'i32', 'i32'],
    result: 'i32',
    code: code(
      // No sixteen bytes agree with that.
      assign(timeBits, NONE),
      block(
        loop(
          assign(lineStart, get(p)),
          brIf(1, isAtLeast(get(p), get(end))),
          brIf(1, isAtLeast(get(count), i32(at.POINTS_MAX))),
          assign(isUnusual, equal(byteAt(get(p)), i32(TILDE))),
          readName,
          brIf(1, differ(get(class_), i32(BLANK))),
          brIf(1, equal(get(p), get(lineStart))),
          assign(nameEnd, get(p)),
          readNumber,
          brIf(1, differ(classAt(get(p)), i32(BLANK))),
          assign(value, ADDRESS_0, loadF64(at.NUMBER_AT)),
          readTime,
          when(equal(byteAt(get(p)), i32(RETURN)), advance(p)),
          brIf(1, differ(byteAt(get(p)), i32(NEWLINE))),
          brIf(1, isAtLeast(get(p), get(end))),
          brIf(1, code(get(p), get(lineStart), op.i32Sub, i32(LINE_BYTES_MAX), op.i32GtU)),
          keepPoint,
          advance(p),
          br(0),
        ),
      ),
      code(ADDRESS_0, get(lineStart), storeI32(at.STOPPED_AT)),
      get(count),
    ),
  };
}

/** The module: `number`, `lines` and `memory`. */
export function lineProgram(): Uint8Array<ArrayBuffer> {
  return wasmModule(at.PAGES, [number(), lines()]);
}
