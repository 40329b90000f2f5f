import { NEW_NODE, NODE_BYTES_MAX, NUMBERS_MAX, SHARED_MAX } from '../../folded-batch.js';
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
  code,
  get,
  i32,
  leave,
  loadI16,
  loadI32,
  loadV128,
  loop,
  op,
  storeByte,
  storeI32,
  storeV128,
  type WasmFunction,
  when,
} from '../wasm/wasm.js';
import type { BatchLayout } from './batch-layout.js';
import {
  MASKS_OFFSET,
  NUMBER_BITS,
  PROBES,
  SLOT_BYTES,
  STEP_BYTES,
} from './name-dictionary-layout.js';
import { writeNumber } from './name-dictionary-program.js';
import * as at from './name-nodes-layout.js';
import {
  compared,
  copyNode,
  findSlot,
  LOCAL,
  LOCALS,
  measure,
  NEWLINE,
  setNodeConstants,
} from './node-program.js';

const ADDRESS_0 = i32(0);

/*
 * Names that are known are lists of nodes, so that nothing has to be cut, hashed and compared again for each of their points. A node
 * has the number that is noted with it, if that is of the batch that is being folded.
 */

/** The byte in front of a node, in a list and in the text. */
const HEAD_BITS = 8;
const nodeAddress = ({ nodes }: BatchLayout, index: Code): Code =>
  add(shifted(index, Math.log2(at.NODE_BYTES)), i32(nodes.nodesAt));
const sizeIn = (item: number): Code => code(get(item), i32(NODE_BYTES_MAX), op.i32And);

/**
 * `listOf(name, length)`: the list of nodes of a name, which is made. 0 where there is no room for it, or the name has a newline.
 * Up to 16 bytes behind the name are read.
 */
export function listOf(layout: BatchLayout): WasmFunction {
  const { stateAt, nameAt, nodesAt, tableAt, tableBits } = layout.nodes;
  const { nodesMax, textEndMax, listsEndMax } = layout.nodes;
  const {
    p,
    end,
    out,
    known: list,
    head,
    slot,
    entry,
    number,
    copied,
    probes,
    newlines,
    next,
  } = LOCAL;
  const [nodeCount, item, length] = [LOCALS.length + 2, LOCALS.length + 3, LOCALS.length + 4];
  const kept = (field: number): Code => code(ADDRESS_0, loadI32(stateAt + field));
  const keep = (field: number, value: Code): Code =>
    code(ADDRESS_0, value, storeI32(stateAt + field));
  const copyName = code(
    assign(length, get(end)),
    loop(
      code(get(copied), code(add(get(p), get(copied)), loadV128()), storeV128(nameAt)),
      advance(copied, STEP_BYTES),
      brIf(0, isBelow(get(copied), get(length))),
    ),
    code(get(length), i32(NEWLINE), storeByte(nameAt)),
    assign(p, i32(nameAt)),
    assign(end, add(get(length), i32(nameAt + 1))),
  );
  const find = loop(
    assign(number, get(slot), loadI32(tableAt)),
    brIf(1, code(get(number), op.i32Eqz)),
    assign(number, subtract(get(number), i32(1))),
    assign(entry, nodeAddress(layout, get(number)), loadI32(at.ADDRESS)),
    block(compared(), br(3)),
    advance(probes, -1),
    brIf(1, code(get(probes), op.i32Eqz)),
    assign(slot, add(get(slot), i32(SLOT_BYTES)), i32(2 ** tableBits - SLOT_BYTES), op.i32And),
    br(0),
  );
  const makeNode = code(
    assign(number, get(nodeCount)),
    advance(nodeCount),
    when(get(probes), code(get(slot), get(nodeCount), storeI32(tableAt))),
    code(shifted(get(number), Math.log2(at.NODE_BYTES)), i32(0), storeI32(nodesAt + at.MARK)),
    code(shifted(get(number), Math.log2(at.NODE_BYTES)), get(out), storeI32(nodesAt + at.ADDRESS)),
    copyNode(),
  );
  return {
    name: 'listOf',
    params: ['i32', 'i32'],
    locals: [...LOCALS, 'i32', 'i32', 'i32'],
    result: 'i32',
    code: code(
      assign(list, kept(at.LISTS_END)),
      assign(nodeCount, kept(at.NODES)),
      assign(out, kept(at.TEXT_END)),
      when(isAtLeast(get(nodeCount), i32(nodesMax)), leave(i32(0))),
      when(isAbove(get(out), i32(textEndMax)), leave(i32(0))),
      when(isAbove(get(list), i32(listsEndMax)), leave(i32(0))),
      copyName,
      setNodeConstants(),
      assign(item, get(list)),
      loop(
        measure(layout.dictionaryAt + MASKS_OFFSET),
        findSlot(tableBits),
        assign(probes, i32(PROBES)),
        block(block(find), makeNode),
        advance(item, at.ITEM_BYTES),
        code(get(item), code(shifted(get(number), HEAD_BITS), get(head), op.i32Or), storeI32()),
        assign(p, get(next)),
        brIf(0, code(get(newlines), op.i32Eqz)),
      ),
      keep(at.NODES, get(nodeCount)),
      keep(at.TEXT_END, get(out)),
      when(differ(get(p), get(end)), leave(i32(0))),
      code(
        get(list),
        code(subtract(get(item), get(list)), i32(2), op.i32ShrU),
        shifted(get(length), 16),
        op.i32Or,
        storeI32(),
      ),
      keep(at.LISTS_END, add(get(item), i32(at.ITEM_BYTES))),
      get(list),
    ),
  };
}

/**
 * `foldKnown(batch, i, count, generation)`: folds the names of the points from `i` on that are known, and writes how much each shares
 * with the one before it: all nodes that both begin with, but for the last one. Returns the first point whose name is not known, or
 * `count`.
 *
 * @param generation of the batch, above the bits of a number
 */
export function foldKnown(layout: BatchLayout): WasmFunction {
  const { stateAt, noListAt } = layout.nodes;
  const [batch, i, count, generation, out, numbers, list, last, item, before, beforeItem] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ];
  const [shared, word, node, number, text, size] = [11, 12, 13, 14, 15, 16];
  const share = block(
    loop(
      brIf(1, isAtLeast(get(item), get(last))),
      assign(word, get(item), loadI32()),
      // The last node of the one before is none that ends no name: so this goes not beyond it.
      brIf(1, differ(get(word), code(get(beforeItem), loadI32()))),
      assign(size, add(get(shared), sizeIn(word))),
      brIf(1, isAbove(get(size), i32(SHARED_MAX))),
      assign(shared, get(size)),
      advance(item, at.ITEM_BYTES),
      advance(beforeItem, at.ITEM_BYTES),
      br(0),
    ),
  );
  const writeNode = code(
    assign(text, get(node), loadI32(at.ADDRESS)),
    code(get(out), i32(NEW_NODE), storeByte()),
    advance(out),
    assign(size, add(sizeIn(word), i32(1))),
    assign(word, get(out)),
    assign(out, add(get(out), get(size))),
    loop(
      code(get(word), code(get(text), loadV128()), storeV128()),
      code(get(word), code(get(text), loadV128(STEP_BYTES)), storeV128(STEP_BYTES)),
      advance(word, 2 * STEP_BYTES),
      advance(text, 2 * STEP_BYTES),
      brIf(0, isBelow(get(word), get(out))),
    ),
    when(
      isBelow(get(numbers), i32(NUMBERS_MAX)),
      code(get(node), code(get(generation), get(numbers), op.i32Or), storeI32(at.MARK)),
      advance(numbers),
    ),
  );
  return {
    name: 'foldKnown',
    params: ['i32', 'i32', 'i32', 'i32'],
    locals: new Array(13).fill('i32'),
    result: 'i32',
    code: code(
      assign(out, ADDRESS_0, loadI32(stateAt + at.FOLDED_END)),
      assign(numbers, ADDRESS_0, loadI32(stateAt + at.NUMBERS)),
      assign(before, i32(noListAt)),
      block(
        loop(
          brIf(1, isAtLeast(get(i), get(count))),
          assign(list, add(get(batch), shifted(get(i), 2)), loadI32(layout.listsAt)),
          brIf(1, code(get(list), op.i32Eqz)),
          assign(last, add(get(list), shifted(code(get(list), loadI16()), 2))),
          assign(item, add(get(list), i32(at.LIST_HEAD_BYTES))),
          assign(beforeItem, add(get(before), i32(at.LIST_HEAD_BYTES))),
          assign(shared, i32(0)),
          share,
          code(add(get(batch), get(i)), get(shared), storeByte(layout.sharedAt)),
          assign(before, get(list)),
          loop(
            assign(word, get(item), loadI32()),
            assign(node, nodeAddress(layout, code(get(word), i32(HEAD_BITS), op.i32ShrU))),
            assign(number, code(get(node), loadI32(at.MARK)), get(generation), op.i32Xor),
            block(
              block(
                brIf(0, isAtLeast(get(number), i32(2 ** NUMBER_BITS))),
                writeNumber(number, out),
                br(1),
              ),
              writeNode,
            ),
            advance(item, at.ITEM_BYTES),
            brIf(0, code(get(item), get(last), op.i32LeU)),
          ),
          advance(i),
          br(0),
        ),
      ),
      code(ADDRESS_0, get(out), storeI32(stateAt + at.FOLDED_END)),
      code(ADDRESS_0, get(numbers), storeI32(stateAt + at.NUMBERS)),
      get(i),
    ),
  };
}
