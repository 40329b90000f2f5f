import { LONG_NUMBERS, NEW_NODE, NUMBERS_MAX } from '../../folded-batch.js';
import { add, advance, isAtLeast, isBelow, shifted, subtract } from '../wasm/arithmetic.js';
import {
  assign,
  block,
  br,
  brIf,
  type Code,
  code,
  get,
  i32,
  loadI32,
  loop,
  op,
  storeByte,
  storeI16,
  storeI32,
  type WasmFunction,
  when,
} from '../wasm/wasm.js';
import type { BatchLayout } from './batch-layout.js';
import {
  MASKS_OFFSET,
  NUMBER_BITS,
  PROBES,
  SLOT_BYTES,
  TABLE_BITS,
} from './name-dictionary-layout.js';
import { FOLDED_END, NUMBERS } from './name-nodes-layout.js';
import {
  compared,
  copyNode,
  findSlot,
  LOCAL,
  LOCALS,
  measure,
  setNodeConstants,
} from './node-program.js';

/*
 * Folding names of a batch that are not known (`name-nodes-program.ts` has those that are): each is cut into nodes, behind separators,
 * and each node that came before is written as its number.
 */

const { p, end: names, out, known, slot, entry, number, probes, newlines, next } = LOCAL;
const SLOT_MASK = 2 ** TABLE_BITS - SLOT_BYTES;

/** Writes the number of a node in a local to where another one says, which is behind it then: in two bytes where one does not do. */
export function writeNumber(number: number, out: number): Code {
  const isLong = isAtLeast(get(number), i32(LONG_NUMBERS));
  const behind = subtract(get(number), i32(LONG_NUMBERS));
  const long = add(
    i32(LONG_NUMBERS),
    code(behind, i32(8), op.i32ShrU),
    shifted(code(behind, i32(0xff), op.i32And), 8),
  );
  return code(
    code(get(out), code(long, get(number), isLong, op.select), storeI16()),
    assign(out, add(get(out), i32(1), isLong)),
  );
}

/** Writes the node itself, and notes it in the table while there are numbers. */
function writeNode({ foldedAt, dictionaryAt }: BatchLayout): Code {
  const place = shifted(subtract(get(out), i32(foldedAt)), NUMBER_BITS);
  return code(
    code(get(out), i32(NEW_NODE), storeByte()),
    advance(out),
    when(
      isBelow(get(known), i32(NUMBERS_MAX)),
      advance(known),
      code(get(slot), code(place, get(known), op.i32Or), storeI32(dictionaryAt)),
    ),
    copyNode(),
  );
}

/**
 * `foldNames(p, names)`: folds so many names that begin at `p`, with a newline behind each. Returns where the next one is.
 */
export function foldNames(layout: BatchLayout): WasmFunction {
  const { foldedAt, dictionaryAt } = layout;
  const { stateAt } = layout.nodes;
  const kept = (field: number): Code => code(i32(0), loadI32(stateAt + field));
  const keep = (field: number, value: Code): Code => code(i32(0), value, storeI32(stateAt + field));
  const find = loop(
    assign(entry, get(slot), loadI32(dictionaryAt)),
    brIf(1, code(get(entry), op.i32Eqz)),
    assign(number, subtract(code(get(entry), i32(2 ** NUMBER_BITS - 1), op.i32And), i32(1))),
    assign(entry, add(code(get(entry), i32(NUMBER_BITS), op.i32ShrU), i32(foldedAt))),
    block(compared(), writeNumber(number, out), br(3)),
    advance(probes, -1),
    brIf(1, code(get(probes), op.i32Eqz)),
    assign(slot, add(get(slot), i32(SLOT_BYTES)), i32(SLOT_MASK), op.i32And),
    br(0),
  );
  return {
    name: 'foldNames',
    params: ['i32', 'i32'],
    locals: LOCALS,
    result: 'i32',
    code: code(
      setNodeConstants(),
      assign(out, kept(FOLDED_END)),
      assign(known, kept(NUMBERS)),
      loop(
        measure(dictionaryAt + MASKS_OFFSET),
        findSlot(TABLE_BITS),
        assign(probes, i32(PROBES)),
        block(block(find), writeNode(layout)),
        assign(p, get(next)),
        assign(names, subtract(get(names), get(newlines))),
        brIf(0, get(names)),
      ),
      keep(FOLDED_END, get(out)),
      keep(NUMBERS, get(known)),
      get(p),
    ),
  };
}
