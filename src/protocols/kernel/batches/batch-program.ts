import {
  add,
  advance,
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
  loadF64,
  loadI16,
  loadI32,
  loadV128,
  loop,
  op,
  storeByte,
  storeF64,
  storeI32,
  storeV128,
  type WasmFunction,
  wasmModule,
} from '../wasm/wasm.js';
import * as at from './batch-layout.js';

const NEWLINE = 0x0a;

/**
 * `scatter(from, to, inputAt)`: appends the points `[from, to)` to the batches of their shards; the bytes in which their
 * names lie begin at `inputAt`. Returns the first one that it did not append, as its batch is full or its name too long,
 * or `to`.
 */
function scatter(layout: at.BatchLayout, nameBytesMax: number): WasmFunction {
  const [i, to, inputAt, shard, head, batch, name, nameLength, namesLength, count, copied] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ];
  const namesAt = layout.pointsMax * 16;
  const copyName = loop(
    code(
      add(get(batch), get(namesLength), get(copied)),
      code(add(get(name), get(copied)), loadV128()),
      storeV128(namesAt),
    ),
    advance(copied, at.COPY_BYTES),
    brIf(0, isBelow(get(copied), get(nameLength))),
  );
  const findBatch = code(
    assign(shard, shifted(get(i), 1), loadI16(at.SHARDS_AT)),
    assign(head, code(get(shard), i32(at.HEAD_BYTES), op.i32Mul)),
    assign(
      batch,
      code(get(shard), i32(layout.batchBytes), op.i32Mul),
      i32(layout.batchesAt),
      op.i32Add,
    ),
    assign(namesLength, get(head), loadI32(at.HEADS_AT)),
    assign(count, get(head), loadI32(at.HEADS_AT + 4)),
  );
  const bytesWithPoint = add(get(namesLength), get(nameLength), shifted(get(count), 4), i32(16));
  return {
    name: 'scatter',
    params: ['i32', 'i32', 'i32'],
    locals: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    result: 'i32',
    code: code(
      block(
        loop(
          brIf(1, isAtLeast(get(i), get(to))),
          assign(name, shifted(get(i), 2), loadI32(at.STARTS_AT)),
          assign(nameLength, subtract(code(shifted(get(i), 2), loadI32(at.ENDS_AT)), get(name))),
          brIf(1, isAbove(get(nameLength), i32(nameBytesMax))),
          findBatch,
          brIf(1, isAtLeast(get(count), i32(layout.pointsMax))),
          brIf(1, isAbove(bytesWithPoint, i32(layout.bytesMax))),
          code(
            add(get(batch), shifted(get(count), 3)),
            code(shifted(get(i), 3), loadF64(at.TIMES_AT)),
            storeF64(),
          ),
          code(
            add(get(batch), shifted(get(count), 3)),
            code(shifted(get(i), 3), loadF64(at.VALUES_AT)),
            storeF64(layout.pointsMax * 8),
          ),
          assign(name, add(get(name), get(inputAt))),
          assign(copied, i32(0)),
          copyName,
          assign(namesLength, add(get(namesLength), get(nameLength))),
          code(add(get(batch), get(namesLength)), i32(NEWLINE), storeByte(namesAt)),
          code(get(head), add(get(namesLength), i32(1)), storeI32(at.HEADS_AT)),
          code(get(head), add(get(count), i32(1)), storeI32(at.HEADS_AT + 4)),
          advance(i),
          br(0),
        ),
      ),
      get(i),
    ),
  };
}

/** The module: `scatter` and `memory`. */
export function batchProgram(
  layout: at.BatchLayout,
  nameBytesMax: number,
): Uint8Array<ArrayBuffer> {
  return wasmModule(layout.pages, [scatter(layout, nameBytesMax)]);
}
