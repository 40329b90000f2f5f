import { POINT_OVERHEAD_BYTES } from '../../folded-batch.js';
import { knownFunctions } from '../hashes/known-program.js';
import {
  add,
  advance,
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
} from '../wasm/wasm.js';
import * as at from './batch-layout.js';
import { foldNames } from './name-dictionary-program.js';
import { foldKnown, listOf } from './name-nodes-program.js';
import { narrowTimes, narrowValues } from './narrow-program.js';
import { NEWLINE } from './node-program.js';

/** The locals of `scatter` and `append`. */
const [i, to, inputAt, shard, head, batch, count, nameBytes, foldedBytes, length, list] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
];
const [name, plainBytes, copied, found, out] = [11, 12, 13, 14, 15];
const [chunk, newline] = [16, 17];

const kept = (local: number, field: number): Code =>
  assign(local, get(head), loadI32(at.HEADS_AT + field));
const keep = (field: number, value: Code): Code =>
  code(get(head), value, storeI32(at.HEADS_AT + field));

/**
 * The batch of the point, with a name of `length` bytes that takes `folded` at most and the numbers of the point; leaves the loop
 * around it where the batch has no room for that.
 */
function findBatch(layout: at.BatchLayout, folded: Code): Code {
  return code(
    assign(shard, shifted(get(i), 1), loadI16(at.SHARDS_AT)),
    assign(head, shifted(get(shard), Math.log2(at.HEAD_BYTES))),
    assign(
      batch,
      code(get(shard), i32(layout.batchBytes), op.i32Mul),
      i32(layout.batchesAt),
      op.i32Add,
    ),
    kept(count, at.COUNT),
    kept(nameBytes, at.NAME_BYTES),
    kept(foldedBytes, at.FOLDED_BYTES),
    assign(nameBytes, add(get(nameBytes), get(length))),
    assign(foldedBytes, add(get(foldedBytes), folded)),
    brIf(1, isAtLeast(get(count), i32(layout.pointsMax))),
    brIf(1, isAbove(get(nameBytes), i32(at.NAME_BYTES_MAX))),
    brIf(1, isAbove(get(foldedBytes), i32(layout.bytesMax))),
  );
}

function appendPoint(layout: at.BatchLayout): Code {
  const number = (fromAt: number, toAt: number): Code =>
    code(
      add(get(batch), shifted(get(count), 3)),
      code(shifted(get(i), 3), loadF64(fromAt)),
      storeF64(toAt),
    );
  return code(
    number(at.TIMES_AT, 0),
    number(at.VALUES_AT, layout.valuesAt),
    code(add(get(batch), shifted(get(count), 2)), get(list), storeI32(layout.listsAt)),
    keep(at.COUNT, add(get(count), i32(1))),
    keep(at.NAME_BYTES, get(nameBytes)),
    keep(at.FOLDED_BYTES, get(foldedBytes)),
  );
}

/**
 * `append(from, to)`: appends the points `[from, to)` to the batches of their shards, by the lists of their names. Returns the first
 * one that it did not append, as its batch is full or its name is not known, or `to`.
 */
function append(layout: at.BatchLayout): WasmFunction {
  const listHead = name;
  const nodes = code(get(listHead), i32(0xffff), op.i32And);
  // A node takes two bytes besides what it takes of the name. The last one is counted with the point already.
  const folded = add(get(length), shifted(nodes, 1), i32(POINT_OVERHEAD_BYTES - 1));
  return {
    name: 'append',
    params: ['i32', 'i32'],
    locals: new Array(10).fill('i32'),
    result: 'i32',
    code: code(
      block(
        loop(
          brIf(1, isAtLeast(get(i), get(to))),
          assign(list, shifted(get(i), 2), loadI32(at.LISTS_AT)),
          brIf(1, code(get(list), op.i32Eqz)),
          assign(listHead, get(list), loadI32()),
          assign(length, get(listHead), i32(16), op.i32ShrU),
          findBatch(layout, folded),
          appendPoint(layout),
          advance(i),
          br(0),
        ),
      ),
      get(i),
    ),
  };
}

/**
 * `scatter(from, to, inputAt)`: as `append`, for points whose names are not known: these are copied, from the bytes that begin at
 * `inputAt`. It stops as well where a name is none that a batch may have.
 */
function scatter(layout: at.BatchLayout): WasmFunction {
  // A newline ends a name: one that has some would be two.
  const lookForNewline = [
    assign(copied, i32(0)),
    loop(
      assign(
        found,
        code(add(get(name), get(copied)), loadV128(), get(newline), op.i8x16Eq),
        op.i8x16Bitmask,
        subtract(
          code(i32(1), lesser(subtract(get(length), get(copied)), i32(at.STEP_BYTES)), op.i32Shl),
          i32(1),
        ),
        op.i32And,
      ),
      brIf(2, get(found)),
      advance(copied, at.STEP_BYTES),
      brIf(0, isBelow(get(copied), get(length))),
    ),
  ];
  const copyStep = (step: number): Code =>
    code(
      assign(chunk, add(get(name), get(copied)), loadV128(step * at.STEP_BYTES)),
      code(get(out), get(chunk), storeV128(layout.plainAt + step * at.STEP_BYTES)),
    );
  // Most are no longer than what is copied at once.
  const copyName = code(
    kept(plainBytes, at.PLAIN_BYTES),
    assign(out, add(get(batch), get(plainBytes))),
    assign(plainBytes, add(get(plainBytes), get(length))),
    assign(copied, i32(0)),
    loop(
      ...Array.from({ length: at.COPY_BYTES / at.STEP_BYTES }, (_, step) => copyStep(step)),
      advance(out, at.COPY_BYTES),
      advance(copied, at.COPY_BYTES),
      brIf(0, isBelow(get(copied), get(length))),
    ),
    code(add(get(batch), get(plainBytes)), i32(NEWLINE), storeByte(layout.plainAt)),
    keep(at.PLAIN_BYTES, add(get(plainBytes), i32(1))),
    code(add(get(batch), get(count)), i32(0), storeByte(layout.sharedAt)),
  );
  const withNewline = add(get(length), i32(1));
  const folded = add(withNewline, code(withNewline, i32(3), op.i32DivU), i32(POINT_OVERHEAD_BYTES));
  return {
    name: 'scatter',
    params: ['i32', 'i32', 'i32'],
    locals: [...new Array(13).fill('i32'), 'v128', 'v128'],
    result: 'i32',
    code: code(
      assign(newline, splatByte(NEWLINE)),
      block(
        loop(
          brIf(1, isAtLeast(get(i), get(to))),
          brIf(1, code(shifted(get(i), 2), loadI32(at.LISTS_AT))),
          assign(name, shifted(get(i), 2), loadI32(at.STARTS_AT)),
          assign(length, subtract(code(shifted(get(i), 2), loadI32(at.ENDS_AT)), get(name))),
          // Neither longer than that nor empty.
          brIf(1, isAtLeast(subtract(get(length), i32(1)), i32(layout.nameBytesMax))),
          assign(name, add(get(name), get(inputAt))),
          ...lookForNewline,
          findBatch(layout, folded),
          appendPoint(layout),
          copyName,
          advance(i),
          br(0),
        ),
      ),
      get(i),
    ),
  };
}

/** The module: its functions, the first of which others call, and `memory`. */
export function batchProgram(layout: at.BatchLayout): Uint8Array<ArrayBuffer> {
  const functions = [
    listOf(layout),
    append(layout),
    scatter(layout),
    foldKnown(layout),
    foldNames(layout),
    narrowTimes(layout),
    narrowValues(layout),
  ];
  return wasmModule(layout.pages, [
    ...functions,
    ...knownFunctions(layout.known, functions.length, 0),
  ]);
}
