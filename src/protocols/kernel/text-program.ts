import { NO_MESSAGE } from '../writers/open-messages.js';
import {
  add,
  advance,
  differ,
  equal,
  isAbove,
  isAtLeast,
  isBelow,
  shifted,
  subtract,
} from './arithmetic.js';
import * as at from './text-layout.js';
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
  loadF64,
  loadI16,
  loadI32,
  loadV128,
  loop,
  op,
  splatByte,
  storeByte,
  storeF64,
  storeI16,
  storeI32,
  storeV128,
  type WasmFunction,
  wasmModule,
  when,
} from './wasm.js';

const [BLANK, NEWLINE, MINUS, POINT, ZERO] = [0x20, 0x0a, 0x2d, 0x2e, 0x30];
const ADDRESS_0 = i32(0);
const NONE = i32(0);
const BILLION = 1_000_000_000;
/** Below it every whole number is exact, and so is a quotient by a power of ten rounded once. */
const MANTISSA_END = 2 ** 53;
const MINUS_ZERO = 1n << 63n;

/** Places in the module. */
const [FIXED, DIGITS, NUMBER, TIME] = [0, 1, 2, 3];

/** `fixed(p, whole, digits)`: writes the last `digits` digits of a whole number. Returns the address behind them. */
function fixed(): WasmFunction {
  const [p, whole, digits, q, hundredth] = [0, 1, 2, 3, 4];
  const pair = shifted(subtract(get(whole), code(get(hundredth), i32(100), op.i32Mul)), 1);
  return {
    name: 'fixed',
    params: ['i32', 'i32', 'i32'],
    locals: ['i32', 'i32'],
    result: 'i32',
    code: code(
      assign(q, add(get(p), get(digits))),
      block(
        loop(
          brIf(1, isBelow(subtract(get(q), get(p)), i32(2))),
          assign(hundredth, get(whole), i32(100), op.i32DivU),
          advance(q, -2),
          code(get(q), code(pair, loadI16(at.PAIRS_AT)), storeI16()),
          assign(whole, get(hundredth)),
          br(0),
        ),
      ),
      when(isAbove(get(q), get(p)), code(get(p), add(get(whole), i32(ZERO)), storeByte())),
      add(get(p), get(digits)),
    ),
  };
}

/** `digits(p, whole)`: writes a whole number below 2^32. Returns the address behind it. */
function digits(): WasmFunction {
  const [p, whole] = [0, 1];
  const limits = Array.from({ length: 9 }, (_, i) => 10 ** (i + 1));
  const count = limits.reduce<Code>(
    (sum, limit) => add(sum, isAtLeast(get(whole), i32(limit | 0))),
    i32(1),
  );
  return {
    name: 'digits',
    params: ['i32', 'i32'],
    locals: [],
    result: 'i32',
    code: call(FIXED, get(p), get(whole), count),
  };
}

/**
 * `number(p, value)`: writes a value as `writeNumber` of `number-text.ts` does. Returns the address behind it, or 0 for one
 * with more than `DECIMALS_MAX` decimals or no short form at all.
 */
function number(): WasmFunction {
  const [p, value, decimals, power, mantissa, whole] = [0, 1, 2, 3, 4, 5];
  const findDecimals = block(
    loop(
      assign(power, shifted(get(decimals), 3), loadF64(at.POWERS_AT)),
      assign(mantissa, code(get(value), get(power), op.f64Mul, f64(0.5), op.f64Add, op.f64Floor)),
      when(code(get(mantissa), f64(MANTISSA_END), op.f64Lt, op.i32Eqz), leave(NONE)),
      brIf(1, code(get(mantissa), get(power), op.f64Div, get(value), op.f64Eq)),
      advance(decimals),
      when(isAbove(get(decimals), i32(at.DECIMALS_MAX)), leave(NONE)),
      br(0),
    ),
  );
  const low = code(
    get(whole),
    code(get(whole), f64(BILLION), op.f64Div, op.f64Floor, f64(BILLION), op.f64Mul),
    op.f64Sub,
    op.u32FromF64,
  );
  return {
    name: 'number',
    params: ['i32', 'f64'],
    locals: ['i32', 'f64', 'f64', 'f64'],
    result: 'i32',
    code: code(
      when(code(get(value), op.i64BitsOfF64, i64(MINUS_ZERO), op.i64Eq), leave(NONE)),
      when(
        code(get(value), f64(0), op.f64Lt),
        code(get(p), i32(MINUS), storeByte()),
        advance(p),
        assign(value, get(value), op.f64Neg),
      ),
      findDecimals,
      assign(whole, get(mantissa), get(power), op.f64Div, op.f64Floor),
      when(
        code(get(whole), f64(BILLION), op.f64Lt),
        assign(p, call(DIGITS, get(p), code(get(whole), op.u32FromF64))),
      ),
      when(
        code(get(whole), f64(BILLION), op.f64Lt, op.i32Eqz),
        assign(p, call(DIGITS, get(p), code(get(whole), f64(BILLION), op.f64Div, op.u32FromF64))),
        assign(p, call(FIXED, get(p), low, i32(9))),
      ),
      when(
        get(decimals),
        code(get(p), i32(POINT), storeByte()),
        assign(
          p,
          call(
            FIXED,
            add(get(p), i32(1)),
            code(get(mantissa), get(whole), get(power), op.f64Mul, op.f64Sub, op.u32FromF64),
            get(decimals),
          ),
        ),
      ),
      get(p),
    ),
  };
}

/** `time(seconds)`: prepares the text of a time. Returns 1 for one that is left to the plain rule, else 0. */
function time(): WasmFunction {
  const [seconds, p] = [0, 1];
  return {
    name: 'time',
    params: ['f64'],
    locals: ['i32'],
    result: 'i32',
    code: code(
      when(
        code(
          code(get(seconds), f64(0), op.f64Lt, op.i32Eqz),
          code(get(seconds), f64(2 ** 32), op.f64Lt),
          op.i32And,
          op.i32Eqz,
        ),
        leave(i32(1)),
      ),
      code(ADDRESS_0, i32(BLANK), storeByte(at.TIME_TEXT_AT)),
      assign(p, call(DIGITS, i32(at.TIME_TEXT_AT + 1), code(get(seconds), op.u32FromF64))),
      code(get(p), i32(NEWLINE), storeByte()),
      code(ADDRESS_0, subtract(get(p), i32(at.TIME_TEXT_AT - 1)), storeI32(at.TIME_LENGTH_AT)),
      code(ADDRESS_0, get(seconds), storeF64(at.TIME_AT)),
      i32(0),
    ),
  };
}

/**
 * `text(from, to, delta)`: writes the lines of the points `[from, to)` one behind the other from TEXT_AT on; their names
 * begin `delta` behind what the column says. Returns the first one that it did not write, as there was no more room or the
 * point is not a plain one, or `to`.
 */
function text({ messageBytes }: at.TextLayout): WasmFunction {
  const [i, to, delta, p, q, name, length, copied, seen, chunk] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  // A name with a blank cannot be said; control characters are rare enough to be looked at again.
  const copyName = loop(
    assign(chunk, add(get(name), get(copied)), loadV128()),
    assign(
      seen,
      get(seen),
      code(get(chunk), splatByte(BLANK), op.i8x16LeU),
      code(get(chunk), splatByte(NEWLINE), op.i8x16Eq),
      op.v128AndNot,
      op.v128Or,
    ),
    code(add(get(p), get(copied)), get(chunk), storeV128()),
    advance(copied, at.COPY_BYTES),
    brIf(0, isBelow(get(copied), get(length))),
  );
  const value = code(shifted(get(i), 3), loadF64(at.VALUES_AT));
  const seconds = code(shifted(get(i), 3), loadF64(at.TIMES_AT), op.f64Trunc);
  return {
    name: 'text',
    params: ['i32', 'i32', 'i32'],
    locals: ['i32', 'i32', 'i32', 'i32', 'i32', 'v128', 'v128'],
    result: 'i32',
    code: code(
      assign(p, i32(at.TEXT_AT)),
      block(
        loop(
          code(shifted(get(i), 2), get(p), storeI32(at.LINES_AT)),
          brIf(1, isAtLeast(get(i), get(to))),
          assign(name, code(shifted(get(i), 2), loadI32(at.STARTS_AT))),
          assign(length, subtract(code(shifted(get(i), 2), loadI32(at.ENDS_AT)), get(name))),
          assign(name, add(get(name), get(delta))),
          brIf(1, isAbove(get(length), i32(messageBytes - at.TAIL_BYTES_MAX))),
          brIf(
            1,
            isAbove(
              add(get(p), get(length), i32(at.TAIL_BYTES_MAX)),
              i32(at.TEXT_AT + at.TEXT_BYTES),
            ),
          ),
          assign(copied, i32(0)),
          assign(seen, splatByte(0)),
          copyName,
          brIf(1, code(get(seen), op.v128AnyTrue)),
          assign(q, add(get(p), get(length))),
          code(get(q), i32(BLANK), storeByte()),
          assign(q, call(NUMBER, add(get(q), i32(1)), value)),
          brIf(1, equal(get(q), NONE)),
          when(
            code(seconds, ADDRESS_0, loadF64(at.TIME_AT), op.f64Ne),
            brIf(2, call(TIME, seconds)),
          ),
          code(get(q), code(ADDRESS_0, loadV128(at.TIME_TEXT_AT)), storeV128()),
          assign(p, add(get(q), code(ADDRESS_0, loadI32(at.TIME_LENGTH_AT)))),
          advance(i),
          br(0),
        ),
      ),
      get(i),
    ),
  };
}

/**
 * `scatter(entry, end, copies)`: appends lines to the messages that the entries `[entry, end)` of the chosen ones say, `copies`
 * of them for each point. Returns the first entry whose message has no room, or `end`.
 */
function scatter(layout: at.TextLayout): WasmFunction {
  const { chosenAt, messagesAt, stride, messageBytes } = layout;
  const [entry, end, copies, point, left, chosen, head, line, length, message, copied, used] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  ];
  const copyLine = loop(
    code(
      add(get(message), get(copied)),
      code(add(get(line), get(copied)), loadV128()),
      storeV128(),
    ),
    advance(copied, at.COPY_BYTES),
    brIf(0, isBelow(get(copied), get(length))),
  );
  const lineAt = (place: number): Code =>
    code(shifted(get(point), 2), loadI32(at.LINES_AT + place));
  const append = code(
    assign(line, lineAt(0)),
    assign(length, subtract(lineAt(4), get(line))),
    assign(head, shifted(get(chosen), 3)),
    assign(used, get(head), loadI32(at.HEADS_AT)),
    brIf(2, isAbove(add(get(used), get(length)), i32(messageBytes))),
    assign(message, add(code(get(chosen), i32(stride), op.i32Mul), i32(messagesAt), get(used))),
    assign(copied, i32(0)),
    copyLine,
    code(get(head), add(get(used), get(length)), storeI32(at.HEADS_AT)),
    code(
      get(head),
      add(code(get(head), loadI32(at.HEADS_AT + 4)), i32(1)),
      storeI32(at.HEADS_AT + 4),
    ),
  );
  return {
    name: 'scatter',
    params: ['i32', 'i32', 'i32'],
    locals: new Array(9).fill('i32'),
    result: 'i32',
    code: code(
      assign(point, get(entry), get(copies), op.i32DivU),
      assign(left, subtract(code(add(get(point), i32(1)), get(copies), op.i32Mul), get(entry))),
      block(
        loop(
          brIf(1, isAtLeast(get(entry), get(end))),
          assign(chosen, shifted(get(entry), 1), loadI16(chosenAt)),
          when(differ(get(chosen), i32(NO_MESSAGE)), append),
          advance(entry),
          advance(left, -1),
          when(code(get(left), op.i32Eqz), advance(point), assign(left, get(copies))),
          br(0),
        ),
      ),
      get(entry),
    ),
  };
}

/** The module: `text`, `scatter` and `memory`. */
export function textProgram(layout: at.TextLayout): Uint8Array<ArrayBuffer> {
  return wasmModule(layout.pages, [
    fixed(),
    digits(),
    number(),
    time(),
    text(layout),
    scatter(layout),
  ]);
}
