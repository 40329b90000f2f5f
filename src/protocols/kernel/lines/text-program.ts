import { NO_MESSAGE } from '../../writers/open-messages.js';
import { SHORT_FORM } from '../numbers/number-form.js';
import { NUMBER, NUMBER_FUNCTIONS, numberFunctions, WHOLE } from '../numbers/number-program.js';
import {
  add,
  advance,
  differ,
  isAbove,
  isAtLeast,
  isBelow,
  shifted,
  subtract,
} from '../wasm/arithmetic.js';
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
  storeI32,
  storeV128,
  type WasmFunction,
  wasmModule,
  when,
} from '../wasm/wasm.js';
import * as at from './text-layout.js';

const [BLANK, NEWLINE] = [0x20, 0x0a];
const ADDRESS_0 = i32(0);

/** The place of `time` in the module. */
const TIME = NUMBER_FUNCTIONS;

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
      assign(p, call(WHOLE, i32(at.TIME_TEXT_AT + 1), code(get(seconds), op.u64FromF64))),
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
    ...numberFunctions(SHORT_FORM),
    time(),
    text(layout),
    scatter(layout),
  ]);
}
