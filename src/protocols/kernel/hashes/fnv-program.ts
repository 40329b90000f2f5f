import { add, advance, equal, isAtLeast, isBelow, shifted, subtract } from '../wasm/arithmetic.js';
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
  loadI32,
  loadI64,
  loop,
  op,
  storeI16,
  storeI64,
  type WasmFunction,
} from '../wasm/wasm.js';

/** Bytes of a name that are hashed at a time: up to so many behind a name are read. */
const WORD_BYTES = 8;
/** For each number of bytes that are left of a word: a mask for them, and what makes up for the others. */
const ROW_BYTES = 16;
const INVERSE = 8;
export const FNV_TABLE_BYTES = (WORD_BYTES + 1) * ROW_BYTES;

type Bits = 32 | 64;
const PRIMES: Readonly<Record<Bits, bigint>> = { 32: 0x01000193n, 64: 0x100000001b3n };

/**
 * What the program has to find at `tableAt`. A byte of 0 does nothing but multiply the hash by the prime. So a word is hashed
 * as a whole whatever is left of it: with zeros for the other bytes, and then the inverse of the prime for each of them.
 */
export function fnvTable(bits: Bits): BigUint64Array {
  const prime = PRIMES[bits];
  let inverse = 1n;
  // Newton's iteration: each round makes twice as many bits right.
  for (let right = 1; right < bits; right *= 2) inverse *= 2n - prime * inverse;
  const rows = Array.from({ length: WORD_BYTES + 1 }, (_, left) => [
    2n ** BigInt(8 * left) - 1n,
    BigInt.asUintN(bits, BigInt.asUintN(bits, inverse) ** BigInt(WORD_BYTES - left)),
  ]);
  return BigUint64Array.from(rows.flat());
}

/** FNV-1a (Fowler, Noll, Vo) of 32 bits or of 64. */
interface Variant {
  readonly type: 'i32' | 'i64';
  readonly offset: Code;
  /** The hash after the lowest byte of a word; the word is on the stack, below it the hash before. */
  readonly mixed: Code;
  /** The hash on the stack times the inverse in a row of the table; below it is the address of the row. */
  readonly inverted: Code;
}

function variant(bits: Bits, chars: 'signed' | 'unsigned', tableAt: number): Variant {
  const lowest = chars === 'signed' ? op.i64Extend8S : code(i64(0xffn), op.i64And);
  if (bits === 32)
    return {
      type: 'i32',
      offset: i32(0x811c9dc5 | 0),
      mixed: code(lowest, op.i32FromI64, op.i32Xor, i32(Number(PRIMES[32])), op.i32Mul),
      inverted: code(loadI32(tableAt + INVERSE), op.i32Mul),
    };
  return {
    type: 'i64',
    offset: i64(0xcbf29ce484222325n),
    mixed: code(lowest, op.i64Xor, i64(PRIMES[64]), op.i64Mul),
    inverted: code(loadI64(tableAt + INVERSE), op.i64Mul),
  };
}

/** Where a program finds the columns that say where names lie. */
export interface NameColumns {
  readonly startsAt: number;
  readonly endsAt: number;
}

interface FnvInput extends NameColumns {
  readonly tableAt: number;
}

/**
 * `hashes(count, delta)`: hashes `count` names, whose addresses are `delta` behind what the columns say. Four names go side
 * by side, since a step of one needs the step before it, and the processor would wait for each product. No branch is for the
 * end of one name, since nobody can foretell how long names are.
 *
 * @param keep stores the hash of the name with an index
 */
function hashes(
  { type, offset, mixed, inverted }: Variant,
  { startsAt, endsAt, tableAt }: FnvInput,
  keep: (index: Code, hash: Code) => Code,
): WasmFunction {
  const [count, delta, i, index, least, most] = [0, 1, 2, 3, 4, 5];
  const LANES = [0, 1, 2, 3] as const;
  const local = (first: number) => (lane: number) => first + lane;
  const [p, end, row, word, hash] = [local(6), local(10), local(14), local(18), local(22)];
  const lesser = (a: Code, b: Code): Code => code(a, b, isBelow(a, b), op.select);
  const ofAll = (what: (lane: number) => Code): Code => code(...LANES.map(what));
  const length = (lane: number): Code => subtract(get(end(lane)), get(p(lane)));
  const address = (columnAt: number): Code =>
    add(code(shifted(get(index), 2), loadI32(columnAt)), get(delta));
  // Of the last names, the very last one stands in for those that are missing.
  const find = (lane: number): Code =>
    assign(index, lesser(add(get(i), i32(lane)), subtract(get(count), i32(1))));
  const begin = (lane: number): Code =>
    code(
      find(lane),
      assign(p(lane), address(startsAt)),
      assign(end(lane), address(endsAt)),
      assign(hash(lane), offset),
      assign(least, lesser(get(least), length(lane))),
      assign(most, length(lane), get(most), isBelow(get(most), length(lane)), op.select),
    );
  const mixByte = (lane: number): Code =>
    code(
      assign(hash(lane), get(hash(lane)), get(word(lane)), mixed),
      assign(word(lane), get(word(lane)), i64(8n), op.i64ShrU),
    );
  const mixWords = code(...new Array(WORD_BYTES).fill(ofAll(mixByte)));
  const wholeWords = code(
    ofAll((lane) => assign(word(lane), get(p(lane)), loadI64())),
    mixWords,
    ofAll((lane) => advance(p(lane), WORD_BYTES)),
    advance(least, -WORD_BYTES),
    advance(most, -WORD_BYTES),
  );
  const loadRest = (lane: number): Code =>
    code(
      assign(row(lane), lesser(length(lane), i32(WORD_BYTES))),
      assign(word(lane), get(p(lane)), loadI64()),
      assign(p(lane), add(get(p(lane)), get(row(lane)))),
      assign(row(lane), code(get(row(lane)), i32(ROW_BYTES), op.i32Mul)),
      assign(word(lane), get(word(lane)), code(get(row(lane)), loadI64(tableAt)), op.i64And),
    );
  const restOfWords = code(
    ofAll(loadRest),
    mixWords,
    ofAll((lane) => assign(hash(lane), get(hash(lane)), get(row(lane)), inverted)),
    assign(most, subtract(get(most), lesser(get(most), i32(WORD_BYTES)))),
  );
  return {
    name: 'hashes',
    params: ['i32', 'i32'],
    locals: [...new Array(16).fill('i32'), ...new Array(4).fill('i64'), ...new Array(4).fill(type)],
    result: 'i32',
    code: code(
      block(
        loop(
          brIf(1, isAtLeast(get(i), get(count))),
          assign(least, i32(-1)),
          assign(most, i32(0)),
          ofAll(begin),
          block(loop(brIf(1, isBelow(get(least), i32(WORD_BYTES))), wholeWords, br(0))),
          block(loop(brIf(1, equal(get(most), i32(0))), restOfWords, br(0))),
          ofAll((lane) => code(find(lane), keep(get(index), get(hash(lane))))),
          advance(i, 4),
          br(0),
        ),
      ),
      get(count),
    ),
  };
}

/** The function `hashes`, for hashes of 64 bits. */
export function fnv64(input: FnvInput, hashesAt: number): WasmFunction {
  const keep = (index: Code, hash: Code): Code => code(shifted(index, 3), hash, storeI64(hashesAt));
  return hashes(variant(64, 'signed', input.tableAt), input, keep);
}

/** As `fnv64`, for hashes of 32 bits folded to 16: the positions of carbon's rings. */
export function fnv32Folded(
  input: FnvInput,
  positionsAt: number,
  chars: 'signed' | 'unsigned',
): WasmFunction {
  const keep = (index: Code, hash: Code): Code =>
    code(
      shifted(index, 1),
      code(hash, i32(16), op.i32ShrU),
      code(hash, i32(0xffff), op.i32And),
      op.i32Xor,
      storeI16(positionsAt),
    );
  return hashes(variant(32, chars, input.tableAt), input, keep);
}
