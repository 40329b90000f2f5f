import { add, advance, isAbove, isAtLeast, shifted, subtract } from './arithmetic.js';
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
  loadByte,
  loadI32,
  loadSignedByte,
  loop,
  op,
  storeI16,
  storeI64,
  type WasmFunction,
  when,
} from './wasm.js';

/** FNV-1a (Fowler, Noll, Vo) of 32 bits or of 64. */
interface Variant {
  readonly type: 'i32' | 'i64';
  readonly offset: Code;
  /** The hash after one more byte: the address of the byte is on the stack, below it the hash before. */
  readonly mixed: Code;
}

function variant(bits: 32 | 64, chars: 'signed' | 'unsigned'): Variant {
  const load = chars === 'signed' ? loadSignedByte() : loadByte();
  if (bits === 32)
    return {
      type: 'i32',
      offset: i32(0x811c9dc5 | 0),
      mixed: code(load, op.i32Xor, i32(0x01000193), op.i32Mul),
    };
  const wide = chars === 'signed' ? op.i64FromS32 : op.i64FromU32;
  return {
    type: 'i64',
    offset: i64(0xcbf29ce484222325n),
    mixed: code(load, wide, op.i64Xor, i64(0x100000001b3n), op.i64Mul),
  };
}

/** Where a program finds the columns that say where names lie. */
export interface NameColumns {
  readonly startsAt: number;
  readonly endsAt: number;
}

/** `rest(hash, p, end)`: the hash after the bytes `[p, end)`. */
function rest({ type, mixed }: Variant): WasmFunction {
  const [hash, p, end] = [0, 1, 2];
  return {
    name: 'rest',
    params: [type, 'i32', 'i32'],
    locals: [],
    result: type,
    code: code(
      block(
        loop(
          brIf(1, isAtLeast(get(p), get(end))),
          assign(hash, get(hash), get(p), mixed),
          advance(p),
          br(0),
        ),
      ),
      get(hash),
    ),
  };
}

/**
 * `hashes(count, delta)`: hashes `count` names, whose addresses are `delta` behind what the columns say. Four names go side
 * by side: a step of one needs the step before it, and the processor would wait for each product.
 *
 * @param restAt the index of `rest` in the module
 * @param keep stores the hash of the name with an index
 */
function hashes(
  { type, offset, mixed }: Variant,
  { startsAt, endsAt }: NameColumns,
  restAt: number,
  keep: (index: Code, hash: Code) => Code,
): WasmFunction {
  const [count, delta, i, k, least, length] = [0, 1, 2, 3, 4, 5];
  const LANES = [0, 1, 2, 3] as const;
  const name = (lane: number): number => 6 + lane;
  const hash = (lane: number): number => 10 + lane;
  const address = (columnAt: number, lane: number): Code =>
    add(code(shifted(get(i), 2), loadI32(columnAt + 4 * lane)), get(delta));
  const begin = (lane: number): Code =>
    code(
      assign(name(lane), address(startsAt, lane)),
      assign(hash(lane), offset),
      assign(length, subtract(address(endsAt, lane), get(name(lane)))),
      when(isAbove(get(least), get(length)), assign(least, get(length))),
    );
  const step = (lane: number): Code =>
    assign(hash(lane), get(hash(lane)), add(get(name(lane)), get(k)), mixed);
  const finish = (lane: number): Code =>
    code(
      assign(
        hash(lane),
        call(restAt, get(hash(lane)), add(get(name(lane)), get(least)), address(endsAt, lane)),
      ),
      keep(add(get(i), i32(lane)), get(hash(lane))),
    );
  const ofFour = code(
    assign(least, i32(-1)),
    ...LANES.map(begin),
    assign(k, i32(0)),
    block(loop(brIf(1, isAtLeast(get(k), get(least))), ...LANES.map(step), advance(k), br(0))),
    ...LANES.map(finish),
    advance(i, 4),
  );
  const ofOne = code(
    assign(hash(0), call(restAt, offset, address(startsAt, 0), address(endsAt, 0))),
    keep(get(i), get(hash(0))),
    advance(i),
  );
  return {
    name: 'hashes',
    params: ['i32', 'i32'],
    locals: [...new Array(8).fill('i32'), ...new Array(4).fill(type)],
    result: 'i32',
    code: code(
      block(loop(brIf(1, isAbove(add(get(i), i32(4)), get(count))), ofFour, br(0))),
      block(loop(brIf(1, isAtLeast(get(i), get(count))), ofOne, br(0))),
      get(count),
    ),
  };
}

/** The functions `rest`, which is the module's `restAt`, and `hashes` behind it, for hashes of 64 bits. */
export function fnv64(columns: NameColumns, hashesAt: number, restAt: number): WasmFunction[] {
  const of = variant(64, 'signed');
  const keep = (index: Code, hash: Code): Code => code(shifted(index, 3), hash, storeI64(hashesAt));
  return [rest(of), hashes(of, columns, restAt, keep)];
}

/** As `fnv64`, for hashes of 32 bits folded to 16: the positions of carbon's rings. */
export function fnv32Folded(
  columns: NameColumns,
  positionsAt: number,
  chars: 'signed' | 'unsigned',
): WasmFunction[] {
  const of = variant(32, chars);
  const keep = (index: Code, hash: Code): Code =>
    code(
      shifted(index, 1),
      code(hash, i32(16), op.i32ShrU),
      code(hash, i32(0xffff), op.i32And),
      op.i32Xor,
      storeI16(positionsAt),
    );
  return [rest(of), hashes(of, columns, 0, keep)];
}
