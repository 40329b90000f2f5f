import {
  ENDS_NAME,
  LONG_NUMBERS,
  NEW_NODE,
  NODE_BYTES_MAX,
  NUMBERS_MAX,
} from '../../folded-batch.js';
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
} from '../wasm/arithmetic.js';
import {
  assign,
  block,
  br,
  brIf,
  code,
  get,
  i32,
  leave,
  loadByte,
  loadI32,
  loadV128,
  loop,
  op,
  otherwise,
  storeI32,
  storeV128,
  type WasmFunction,
  wasmModule,
  when,
} from '../wasm/wasm.js';
import * as at from './unfold-layout.js';

const BROKEN = i32(-1);

/**
 * `unfold(count, end)`: makes of the nodes in `[FOLDED_AT, end)` `count` names, one behind the other at NAMES_AT, and says where they
 * start and end there. Returns how long they are, or -1 where no names fold into that, or they are too long.
 */
function unfold(): WasmFunction {
  const [count, end, known, i, p, out, start, before, lengthBefore, shared] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ];
  const [copied, number, node, head, size] = [10, 11, 12, 13, 14];
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
        advance(copied, at.STEP_BYTES),
        br(0),
      ),
    ),
    assign(out, add(get(out), get(shared))),
  );
  const newNode = code(
    assign(node, get(p)),
    assign(p, add(get(p), code(get(node), loadByte(), i32(NODE_BYTES_MAX), op.i32And), i32(1))),
    // One that is empty would be no node.
    when(isBelow(get(p), add(get(node), i32(2))), leave(BROKEN)),
    when(isAbove(get(p), get(end)), leave(BROKEN)),
    when(
      isBelow(get(known), i32(NUMBERS_MAX)),
      code(shifted(get(known), 2), get(node), storeI32(at.TABLE_AT)),
      advance(known),
    ),
  );
  const longNumber = code(
    assign(
      number,
      add(
        shifted(subtract(get(number), i32(LONG_NUMBERS)), 8),
        code(get(p), loadByte()),
        i32(LONG_NUMBERS),
      ),
    ),
    advance(p),
  );
  // A number of which only the first byte is there brings `p` behind the end, where no other is read.
  const readNode = code(
    when(isAtLeast(get(p), get(end)), leave(BROKEN)),
    assign(number, get(p), loadByte()),
    advance(p),
    otherwise(
      equal(get(number), i32(NEW_NODE)),
      newNode,
      code(
        when(isAtLeast(get(number), i32(LONG_NUMBERS)), longNumber),
        when(isAtLeast(get(number), get(known)), leave(BROKEN)),
        assign(node, shifted(get(number), 2), loadI32(at.TABLE_AT)),
      ),
    ),
  );
  const copyNode = code(
    assign(head, get(node), loadByte()),
    assign(size, get(head), i32(NODE_BYTES_MAX), op.i32And),
    code(get(out), code(get(node), loadV128(1)), storeV128()),
    code(get(out), code(get(node), loadV128(1 + at.STEP_BYTES)), storeV128(at.STEP_BYTES)),
    when(
      isAbove(get(size), i32(2 * at.STEP_BYTES)),
      assign(copied, i32(2 * at.STEP_BYTES)),
      loop(
        code(
          add(get(out), get(copied)),
          code(add(get(node), get(copied)), loadV128(1)),
          storeV128(),
        ),
        advance(copied, at.STEP_BYTES),
        brIf(0, isBelow(get(copied), get(size))),
      ),
    ),
    assign(out, add(get(out), get(size))),
    when(isAbove(get(out), i32(at.NAMES_END)), leave(BROKEN)),
  );
  const index = shifted(get(i), 2);
  return {
    name: 'unfold',
    params: ['i32', 'i32'],
    locals: new Array(13).fill('i32'),
    result: 'i32',
    code: code(
      assign(p, i32(at.FOLDED_AT)),
      assign(out, i32(at.NAMES_AT)),
      block(
        loop(
          brIf(1, isAtLeast(get(i), get(count))),
          assign(start, get(out)),
          assign(shared, get(i), loadByte(at.SHARED_AT)),
          when(isAbove(get(shared), get(lengthBefore)), leave(BROKEN)),
          copyShared,
          loop(readNode, copyNode, brIf(0, isBelow(get(head), i32(ENDS_NAME)))),
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
