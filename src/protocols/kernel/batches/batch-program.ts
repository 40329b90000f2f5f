import { SHARED_MAX } from '../../folded-batch.js';
import {
  add,
  advance,
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
  type Code,
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
  when,
} from '../wasm/wasm.js';
import * as at from './batch-layout.js';
import { narrowTimes, narrowValues } from './narrow-program.js';

const NEWLINE = 0x0a;

/** The lesser of two, without a branch that nobody could foretell. */
const lesser = (a: Code, b: Code): Code => code(a, b, isBelow(a, b), op.select);

/**
 * `scatter(from, to, inputAt)`: appends the points `[from, to)` to the batches of their shards, of each name what it does not
 * share with the one before it there; the bytes in which their names lie begin at `inputAt`. Returns the first one that it
 * did not append, as its batch is full or its name too long, or `to`.
 */
function scatter(layout: at.BatchLayout, nameBytesMax: number): WasmFunction {
  const [i, to, inputAt, shard, head, batch, name, length, restBytes, count] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ];
  const [shared, limit, differing, nameBytes, out, chunk] = [10, 11, 12, 13, 14, 15];
  const findBatch = code(
    assign(shard, shifted(get(i), 1), loadI16(at.SHARDS_AT)),
    assign(head, code(get(shard), i32(at.HEAD_BYTES), op.i32Mul)),
    assign(
      batch,
      code(get(shard), i32(layout.batchBytes), op.i32Mul),
      i32(layout.batchesAt),
      op.i32Add,
    ),
    assign(restBytes, get(head), loadI32(at.HEADS_AT + at.REST_BYTES)),
    assign(count, get(head), loadI32(at.HEADS_AT + at.COUNT)),
    assign(nameBytes, get(head), loadI32(at.HEADS_AT + at.NAME_BYTES)),
  );
  /** Of sixteen bytes of the name, a bit for each that is in the last name as well; `offset` is added to where they begin. */
  const same = (offset: Code): Code =>
    code(
      code(add(get(name), offset), loadV128()),
      code(add(get(batch), offset), loadV128(layout.lastAt)),
      op.i8x16Eq,
      op.i8x16Bitmask,
    );
  const compareMore = loop(
    when(
      isBelow(get(shared), get(limit)),
      assign(differing, same(get(shared)), i32(0xffff), op.i32Xor),
      when(code(get(differing), op.i32Eqz), advance(shared, at.STEP_BYTES), br(2)),
      assign(shared, add(get(shared), code(get(differing), op.i32Ctz))),
    ),
  );
  const compare = code(
    assign(limit, lesser(code(get(head), loadI32(at.HEADS_AT + at.LAST_BYTES)), get(length))),
    assign(limit, lesser(get(limit), i32(SHARED_MAX))),
    assign(
      shared,
      code(same(i32(0)), shifted(same(i32(at.STEP_BYTES)), at.STEP_BYTES), op.i32Or),
      code(i32(-1), op.i32Xor, op.i32Ctz),
    ),
    when(equal(get(shared), i32(2 * at.STEP_BYTES)), compareMore),
    assign(shared, lesser(get(shared), get(limit))),
  );
  const copyStep = (step: number): Code =>
    code(
      assign(chunk, add(get(name), get(shared)), loadV128(step * at.STEP_BYTES)),
      code(get(out), get(chunk), storeV128(layout.restsAt + step * at.STEP_BYTES)),
      code(
        add(get(batch), get(shared)),
        get(chunk),
        storeV128(layout.lastAt + step * at.STEP_BYTES),
      ),
    );
  // The rest goes behind the other rests, and over that of the last name. Most are no longer than what is copied at once.
  const copyRest = code(
    code(add(get(batch), get(count)), get(shared), storeByte(layout.sharedAt)),
    assign(out, add(get(batch), get(restBytes))),
    assign(restBytes, add(get(restBytes), subtract(get(length), get(shared)))),
    loop(
      ...Array.from({ length: at.COPY_BYTES / at.STEP_BYTES }, (_, step) => copyStep(step)),
      advance(out, at.COPY_BYTES),
      advance(shared, at.COPY_BYTES),
      brIf(0, isBelow(get(shared), get(length))),
    ),
    code(add(get(batch), get(restBytes)), i32(NEWLINE), storeByte(layout.restsAt)),
  );
  const keepHead = code(
    code(get(head), add(get(restBytes), i32(1)), storeI32(at.HEADS_AT + at.REST_BYTES)),
    code(get(head), add(get(count), i32(1)), storeI32(at.HEADS_AT + at.COUNT)),
    code(
      get(head),
      add(get(nameBytes), get(length), i32(1)),
      storeI32(at.HEADS_AT + at.NAME_BYTES),
    ),
    code(get(head), get(length), storeI32(at.HEADS_AT + at.LAST_BYTES)),
  );
  const bytesWithPoint = add(
    get(nameBytes),
    get(length),
    code(get(count), i32(at.COLUMNS_BYTES), op.i32Mul),
    i32(at.COLUMNS_BYTES + 1),
  );
  return {
    name: 'scatter',
    params: ['i32', 'i32', 'i32'],
    locals: [...new Array(12).fill('i32'), 'v128'],
    result: 'i32',
    code: code(
      block(
        loop(
          brIf(1, isAtLeast(get(i), get(to))),
          assign(name, shifted(get(i), 2), loadI32(at.STARTS_AT)),
          assign(length, subtract(code(shifted(get(i), 2), loadI32(at.ENDS_AT)), get(name))),
          brIf(1, isAbove(get(length), i32(nameBytesMax))),
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
            storeF64(layout.valuesAt),
          ),
          assign(name, add(get(name), get(inputAt))),
          compare,
          copyRest,
          keepHead,
          advance(i),
          br(0),
        ),
      ),
      get(i),
    ),
  };
}

/** The module: `scatter`, `narrowTimes`, `narrowValues` and `memory`. */
export function batchProgram(
  layout: at.BatchLayout,
  nameBytesMax: number,
): Uint8Array<ArrayBuffer> {
  return wasmModule(layout.pages, [
    scatter(layout, nameBytesMax),
    narrowTimes(layout),
    narrowValues(layout),
  ]);
}
