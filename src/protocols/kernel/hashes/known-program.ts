import {
  add,
  advance,
  differ,
  equal,
  isAbove,
  isAtLeast,
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
  get,
  i32,
  i64,
  leave,
  loadI16,
  loadI32,
  loadI64,
  loadV128,
  loop,
  op,
  splatByte,
  storeI16,
  storeI32,
  storeV128,
  type WasmFunction,
  when,
} from '../wasm/wasm.js';
import * as at from './known-layout.js';

const ADDRESS_0 = i32(0);
const WORD_BYTES = 8;
/** An odd number whose bits look like chance: 2^64 divided by the golden ratio. */
const MULTIPLIER = 0x9e3779b97f4a7c15n;

const lengthIn = (header: number): Code => code(get(header), i32(0xffff), op.i32And);
const positionIn = (header: number): Code => code(get(header), i32(16), op.i32ShrU);
/** Where the record behind one with a name of so many bytes begins: at a multiple of four. */
const behind = ({ headerBytes }: at.KnownLayout, record: number, length: Code): Code =>
  code(add(get(record), length, i32(headerBytes + 3)), i32(-4), op.i32And);
const maskRow = (left: Code): Code => shifted(left, Math.log2(at.STEP_BYTES));

/** Whether the record has the name: goes on where it has, else leaves the block around it. */
function compared(
  { masksAt, headerBytes }: at.KnownLayout,
  [record, header, name, length, copied, seen]: readonly [
    record: number,
    header: number,
    name: number,
    length: number,
    copied: number,
    seen: number,
  ],
): Code {
  const difference = code(
    code(add(get(record), get(copied)), loadV128(headerBytes)),
    code(add(get(name), get(copied)), loadV128()),
    op.v128Xor,
  );
  return code(
    assign(header, get(record), loadI32()),
    brIf(0, differ(lengthIn(header), get(length))),
    assign(copied, i32(0)),
    assign(seen, splatByte(0)),
    block(
      loop(
        brIf(1, isAbove(add(get(copied), i32(at.STEP_BYTES)), get(length))),
        assign(seen, get(seen), difference, op.v128Or),
        advance(copied, at.STEP_BYTES),
        br(0),
      ),
    ),
    code(get(seen), difference),
    code(maskRow(subtract(get(length), get(copied))), loadV128(masksAt)),
    code(op.v128And, op.v128Or),
    brIf(0, op.v128AnyTrue),
  );
}

/**
 * `entry(name, length)`: the address of the entry of the table for a name: it says where its record lies, or 0 where there is
 * none. 0 where there is none and no room for one.
 */
function entry(layout: at.KnownLayout): WasmFunction {
  const [name, length, p, left, probe, record, header, copied, hash, seen] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ];
  const mixed = (word: Code): Code =>
    code(
      assign(hash, get(hash), word, op.i64Xor, i64(MULTIPLIER), op.i64Mul),
      assign(hash, get(hash), code(get(hash), i64(32n), op.i64ShrU), op.i64Xor),
    );
  const lastWord = code(
    code(get(p), loadI64()),
    code(maskRow(get(left)), loadI64(layout.masksAt)),
    op.i64And,
  );
  const lastByte = i32(layout.tableBytes - 4);
  return {
    name: 'entry',
    params: ['i32', 'i32'],
    locals: [...new Array(6).fill('i32'), 'i64', 'v128'],
    result: 'i32',
    code: code(
      assign(p, get(name)),
      assign(left, get(length)),
      block(
        loop(
          brIf(1, isAbove(i32(WORD_BYTES), get(left))),
          mixed(code(get(p), loadI64())),
          advance(p, WORD_BYTES),
          advance(left, -WORD_BYTES),
          br(0),
        ),
      ),
      mixed(lastWord),
      // An entry has four bytes.
      assign(p, code(get(hash), op.i32FromI64), i32(2), op.i32Shl, lastByte, op.i32And),
      loop(
        assign(record, get(p), loadI32(layout.tableAt)),
        when(code(get(record), op.i32Eqz), leave(add(get(p), i32(layout.tableAt)))),
        block(
          compared(layout, [record, header, name, length, copied, seen]),
          leave(add(get(p), i32(layout.tableAt))),
        ),
        assign(p, code(add(get(p), i32(4)), lastByte, op.i32And)),
        advance(probe),
        brIf(0, isAbove(i32(at.PROBES), get(probe))),
      ),
      i32(0),
    ),
  };
}

/**
 * `known(count, delta)`: writes the positions of those names that are known. The others are moved to the front of the columns
 * that say where names lie, and their indexes are written. Returns how many these are.
 */
function known(layout: at.KnownLayout, entryIndex: number): WasmFunction {
  const { startsAt, endsAt, positionsAt, referencesAt, missesAt, nextAt } = layout;
  const [count, delta, i, name, length, record, header, copied, misses, found, seen] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ];
  const refer = (reference: Code): Code =>
    referencesAt === undefined
      ? code()
      : code(shifted(get(i), 2), reference, storeI32(referencesAt));
  const take = code(
    code(shifted(get(i), 1), positionIn(header), storeI16(positionsAt)),
    refer(code(get(record), loadI32(at.REFERENCE_OFFSET))),
    assign(record, behind(layout, record, get(length))),
  );
  const column = (index: number, columnAt: number): Code =>
    code(shifted(get(index), 2), loadI32(columnAt));
  const miss = code(
    refer(i32(0)),
    code(shifted(get(misses), 1), get(i), storeI16(missesAt)),
    code(shifted(get(misses), 2), column(i, startsAt), storeI32(startsAt)),
    code(shifted(get(misses), 2), column(i, endsAt), storeI32(endsAt)),
    advance(misses),
  );
  const lookUp = code(
    block(
      brIf(0, isAtLeast(subtract(get(length), i32(1)), i32(layout.nameBytesMax))),
      assign(found, call(entryIndex, get(name), get(length))),
      brIf(0, code(get(found), op.i32Eqz)),
      assign(found, get(found), loadI32()),
      brIf(0, code(get(found), op.i32Eqz)),
      assign(record, get(found)),
      assign(header, get(record), loadI32()),
      take,
      br(1),
    ),
    miss,
  );
  return {
    name: 'known',
    params: ['i32', 'i32'],
    locals: [...new Array(8).fill('i32'), 'v128'],
    result: 'i32',
    code: code(
      assign(record, ADDRESS_0, loadI32(nextAt)),
      block(
        loop(
          brIf(1, isAtLeast(get(i), get(count))),
          assign(name, column(i, startsAt)),
          assign(length, subtract(column(i, endsAt), get(name))),
          assign(name, add(get(name), get(delta))),
          block(
            block(
              // Behind the last record is one without a name: a name without bytes is not to be found there.
              brIf(0, code(get(length), op.i32Eqz)),
              compared(layout, [record, header, name, length, copied, seen]),
              take,
              br(1),
            ),
            lookUp,
          ),
          advance(i),
          br(0),
        ),
      ),
      code(ADDRESS_0, get(record), storeI32(nextAt)),
      get(misses),
    ),
  };
}

/**
 * `keep(count, delta)`: takes the positions of the names that `known` has not found, and keeps these names. Returns 1
 * once there is no more room, else 0.
 *
 * @param referenceIndex of the function that makes the references of names, if they have any
 */
function keep(
  layout: at.KnownLayout,
  entryIndex: number,
  referenceIndex: number | undefined,
): WasmFunction {
  const { startsAt, endsAt, hashedAt, positionsAt, referencesAt, missesAt } = layout;
  const { recordsEndAt, recordsEnd, headerBytes } = layout;
  const [count, delta, i, name, length, record, place, position, copied, miss, kept] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ];
  const reference = kept;
  const column = (columnAt: number): Code => code(shifted(get(i), 2), loadI32(columnAt));
  const copyName = loop(
    code(
      add(get(record), get(copied)),
      code(add(get(name), get(copied)), loadV128()),
      storeV128(headerBytes),
    ),
    advance(copied, at.STEP_BYTES),
    brIf(0, isAbove(get(length), get(copied))),
  );
  const append = code(
    code(get(place), get(record), storeI32()),
    code(get(record), code(get(length), shifted(get(position), 16), op.i32Or), storeI32()),
    assign(copied, i32(0)),
    copyName,
    assign(record, behind(layout, record, get(length))),
    // What was copied behind the name is no record.
    code(get(record), i32(0), storeI32()),
  );
  const refer = (what: Code): Code =>
    code(shifted(get(miss), 2), what, storeI32(referencesAt ?? 0));
  // The same name may have come twice.
  const referToKept = when(get(kept), refer(code(get(kept), loadI32(at.REFERENCE_OFFSET))), br(1));
  const makeReference = (index: number): Code =>
    code(
      assign(reference, call(index, get(name), get(length))),
      brIf(0, code(get(reference), op.i32Eqz)),
      refer(get(reference)),
      code(get(record), get(reference), storeI32(at.REFERENCE_OFFSET)),
    );
  return {
    name: 'keep',
    params: ['i32', 'i32'],
    locals: new Array(9).fill('i32'),
    result: 'i32',
    code: code(
      assign(record, ADDRESS_0, loadI32(recordsEndAt)),
      block(
        loop(
          brIf(1, equal(get(i), get(count))),
          assign(position, shifted(get(i), 1), loadI16(hashedAt)),
          assign(miss, shifted(get(i), 1), loadI16(missesAt)),
          code(shifted(get(miss), 1), get(position), storeI16(positionsAt)),
          assign(name, column(startsAt)),
          assign(length, subtract(column(endsAt), get(name))),
          assign(name, add(get(name), get(delta))),
          block(
            brIf(0, isAtLeast(subtract(get(length), i32(1)), i32(layout.nameBytesMax))),
            brIf(0, isAtLeast(get(record), i32(recordsEnd))),
            assign(place, call(entryIndex, get(name), get(length))),
            brIf(0, code(get(place), op.i32Eqz)),
            assign(kept, get(place), loadI32()),
            ...(referenceIndex === undefined
              ? [brIf(0, get(kept))]
              : [referToKept, makeReference(referenceIndex)]),
            append,
          ),
          advance(i),
          br(0),
        ),
      ),
      code(ADDRESS_0, get(record), storeI32(recordsEndAt)),
      isAtLeast(get(record), i32(recordsEnd)),
    ),
  };
}

/**
 * The functions `entry`, `known` and `keep`, which go into a module behind so many others.
 *
 * @param referenceIndex of the function that makes a reference of a name and its length, where names have any: 0 for none
 */
export function knownFunctions(
  layout: at.KnownLayout,
  place: number,
  referenceIndex?: number,
): WasmFunction[] {
  return [entry(layout), known(layout, place), keep(layout, place, referenceIndex)];
}
