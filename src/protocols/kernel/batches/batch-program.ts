import { POINT_OVERHEAD_BYTES, SHARED_MAX } from '../../folded-batch.js';
import {
  add,
  advance,
  equal,
  isAbove,
  isAtLeast,
  isBelow,
  lesser,
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
  i64,
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
import * as at from './batch-layout.js';
import {
  foldNames,
  type SeparatorLocals,
  separatorsIn,
  setSeparators,
} from './name-dictionary-program.js';
import { narrowTimes, narrowValues } from './narrow-program.js';

const NEWLINE = 0x0a;

/**
 * `scatter(from, to, inputAt)`: appends the points `[from, to)` to the batches of their shards, of each name what it does not
 * share with the one before it there; the bytes in which their names lie begin at `inputAt`. Returns the first one that it
 * did not append, as its batch is full or its name is none that a batch may have, or `to`.
 */
function scatter(layout: at.BatchLayout): WasmFunction {
  const [i, to, inputAt, shard, head, batch, name, length, restBytes, count] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ];
  const [shared, limit, compared, run, found, nameBytes, out] = [10, 11, 12, 13, 14, 15, 16];
  const [chunk, second] = [17, 18];
  const separators: SeparatorLocals = [19, 20, 21];
  const newline = 22;
  const kept = (local: number, field: number): Code =>
    assign(local, get(head), loadI32(at.HEADS_AT + field));
  const keep = (field: number, value: Code): Code =>
    code(get(head), value, storeI32(at.HEADS_AT + field));
  const findBatch = code(
    assign(shard, shifted(get(i), 1), loadI16(at.SHARDS_AT)),
    assign(head, code(get(shard), i32(at.HEAD_BYTES), op.i32Mul)),
    assign(
      batch,
      code(get(shard), i32(layout.batchBytes), op.i32Mul),
      i32(layout.batchesAt),
      op.i32Add,
    ),
    kept(restBytes, at.REST_BYTES),
    kept(count, at.COUNT),
    kept(nameBytes, at.NAME_BYTES),
  );
  /** Of a step of the last name, a bit for each byte that is not as in the name. */
  const differing = (chunk: number, offset: number): Code =>
    code(
      get(chunk),
      code(add(get(batch), get(compared)), loadV128(layout.lastAt + offset)),
      op.i8x16Ne,
      op.i8x16Bitmask,
    );
  const sameBytes = code(
    differing(chunk, 0),
    shifted(differing(second, at.STEP_BYTES), at.STEP_BYTES),
    op.i32Or,
    op.i32Ctz,
  );
  // What is shared ends behind a separator, so that the rest is of whole nodes, and leaves something of the name.
  const compare = code(
    kept(limit, at.LAST_BYTES),
    assign(limit, lesser(get(limit), subtract(get(length), i32(1)))),
    assign(limit, lesser(get(limit), i32(SHARED_MAX))),
    assign(shared, i32(0)),
    assign(compared, i32(0)),
    loop(
      assign(chunk, add(get(name), get(compared)), loadV128()),
      assign(second, add(get(name), get(compared)), loadV128(at.STEP_BYTES)),
      assign(run, lesser(sameBytes, subtract(get(limit), get(compared)))),
      assign(
        found,
        code(
          separatorsIn(chunk, separators),
          shifted(separatorsIn(second, separators), at.STEP_BYTES),
          op.i32Or,
        ),
        // Those behind the run, of which there may be 32, do not count.
        code(code(i64(1n), code(get(run), op.i64FromU32), op.i64Shl), op.i32FromI64),
        code(i32(1), op.i32Sub, op.i32And),
      ),
      when(
        get(found),
        assign(shared, subtract(add(get(compared), i32(32)), code(get(found), op.i32Clz))),
      ),
      advance(compared, 2 * at.STEP_BYTES),
      brIf(0, equal(get(run), i32(2 * at.STEP_BYTES))),
    ),
  );
  // A newline ends a rest: a name that has one would be two.
  const lookForNewline = [
    assign(compared, get(shared)),
    loop(
      assign(
        found,
        code(add(get(name), get(compared)), loadV128(), get(newline), op.i8x16Eq),
        op.i8x16Bitmask,
        subtract(
          code(i32(1), lesser(subtract(get(length), get(compared)), i32(at.STEP_BYTES)), op.i32Shl),
          i32(1),
        ),
        op.i32And,
      ),
      brIf(2, get(found)),
      advance(compared, at.STEP_BYTES),
      brIf(0, isBelow(get(compared), get(length))),
    ),
  ];
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
    keep(at.REST_BYTES, add(get(restBytes), i32(1))),
    keep(at.COUNT, add(get(count), i32(1))),
    keep(at.NAME_BYTES, get(nameBytes)),
    keep(at.LAST_BYTES, get(length)),
  );
  const restsWithPoint = add(get(restBytes), subtract(get(length), get(shared)), i32(1));
  const bytesWithPoint = add(
    restsWithPoint,
    code(restsWithPoint, i32(3), op.i32DivU),
    code(add(get(count), i32(1)), i32(POINT_OVERHEAD_BYTES), op.i32Mul),
  );
  return {
    name: 'scatter',
    params: ['i32', 'i32', 'i32'],
    locals: [...new Array(14).fill('i32'), ...new Array(6).fill('v128')],
    result: 'i32',
    code: code(
      setSeparators(separators),
      assign(newline, splatByte(NEWLINE)),
      block(
        loop(
          brIf(1, isAtLeast(get(i), get(to))),
          assign(name, shifted(get(i), 2), loadI32(at.STARTS_AT)),
          assign(length, subtract(code(shifted(get(i), 2), loadI32(at.ENDS_AT)), get(name))),
          // Neither longer than that nor empty.
          brIf(1, isAtLeast(subtract(get(length), i32(1)), i32(layout.nameBytesMax))),
          findBatch,
          assign(nameBytes, add(get(nameBytes), get(length))),
          brIf(1, isAtLeast(get(count), i32(layout.pointsMax))),
          brIf(1, isAbove(get(nameBytes), i32(at.NAME_BYTES_MAX))),
          assign(name, add(get(name), get(inputAt))),
          compare,
          ...lookForNewline,
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

/** The module: `scatter`, `foldNames`, `narrowTimes`, `narrowValues` and `memory`. */
export function batchProgram(layout: at.BatchLayout): Uint8Array<ArrayBuffer> {
  return wasmModule(layout.pages, [
    scatter(layout),
    foldNames(layout),
    narrowTimes(layout),
    narrowValues(layout),
  ]);
}
