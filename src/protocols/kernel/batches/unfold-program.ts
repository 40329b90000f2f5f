import { SHARED_MAX } from '../../folded-batch.js';
import {
  add,
  advance,
  differ,
  equal,
  isAbove,
  isAtLeast,
  isBelow,
  subtract,
} from '../wasm/arithmetic.js';
import {
  assign,
  block,
  br,
  brIf,
  type Code,
  code,
  get,
  i32,
  leave,
  loadByte,
  loadV128,
  loop,
  op,
  splatByte,
  storeI32,
  storeV128,
  type WasmFunction,
  wasmModule,
  when,
} from '../wasm/wasm.js';
import * as at from './unfold-layout.js';

const NEWLINE = 0x0a;
const STEP_BYTES = at.STEP_BYTES;
const BROKEN = i32(-1);

/** Of the sixteen bytes at an address, a bit for each newline. */
const newlinesAt = (address: Code): Code =>
  code(address, loadV128(), splatByte(NEWLINE), op.i8x16Eq, op.i8x16Bitmask);

/**
 * `unfold(count, end)`: makes of the suffixes in `[SUFFIXES_AT, end)` names one behind the other at NAMES_AT, and says where they
 * start and end there. Returns how long they are, or -1 where no names fold into that, or they are too long.
 */
function unfold(): WasmFunction {
  const [count, end, i, p, out, start, before, lengthBefore, shared, copied, found] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ];
  const copyShared = code(
    assign(copied, i32(0)),
    block(
      loop(
        brIf(1, isAtLeast(get(copied), get(shared))),
        code(
          add(get(out), get(copied)),
          code(add(get(before), get(copied)), loadV128()),
          storeV128(),
        ),
        advance(copied, STEP_BYTES),
        br(0),
      ),
    ),
    assign(out, add(get(out), get(shared))),
  );
  const copySuffix = code(
    loop(
      code(get(out), code(get(p), loadV128()), storeV128()),
      assign(found, newlinesAt(get(p))),
      when(
        code(get(found), op.i32Eqz),
        advance(p, STEP_BYTES),
        advance(out, STEP_BYTES),
        brIf(1, code(isBelow(get(p), get(end)), isBelow(get(out), i32(at.NAMES_END)), op.i32And)),
        leave(BROKEN),
      ),
    ),
    assign(found, code(get(found), op.i32Ctz)),
    assign(out, add(get(out), get(found))),
    assign(p, add(get(p), get(found), i32(1))),
  );
  const index = code(get(i), i32(2), op.i32Shl);
  return {
    name: 'unfold',
    params: ['i32', 'i32'],
    locals: new Array(9).fill('i32'),
    result: 'i32',
    code: code(
      assign(p, i32(at.SUFFIXES_AT)),
      assign(out, i32(at.NAMES_AT)),
      block(
        loop(
          brIf(1, isAtLeast(get(i), get(count))),
          when(isAtLeast(get(p), get(end)), leave(BROKEN)),
          when(isAtLeast(add(get(out), i32(SHARED_MAX)), i32(at.NAMES_END)), leave(BROKEN)),
          assign(start, get(out)),
          assign(shared, get(i), loadByte(at.SHARED_AT)),
          when(isAbove(get(shared), get(lengthBefore)), leave(BROKEN)),
          copyShared,
          copySuffix,
          when(equal(get(out), get(start)), leave(BROKEN)),
          code(index, subtract(get(start), i32(at.NAMES_AT)), storeI32(at.STARTS_AT)),
          code(index, subtract(get(out), i32(at.NAMES_AT)), storeI32(at.ENDS_AT)),
          assign(before, get(start)),
          assign(lengthBefore, subtract(get(out), get(start))),
          advance(i),
          br(0),
        ),
      ),
      when(differ(get(p), get(end)), leave(BROKEN)),
      subtract(get(out), i32(at.NAMES_AT)),
    ),
  };
}

/** The module: `unfold` and `memory`. */
export function unfoldProgram(): Uint8Array<ArrayBuffer> {
  return wasmModule(at.PAGES, [unfold()]);
}
