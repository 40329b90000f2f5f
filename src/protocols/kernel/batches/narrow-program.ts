import { add, advance, equal, isAtLeast, shifted, subtract } from '../wasm/arithmetic.js';
import {
  assign,
  block,
  br,
  brIf,
  type Code,
  code,
  f64,
  get,
  i32,
  laneF64,
  leave,
  loadF64,
  loadV128,
  loop,
  op,
  otherwise,
  storeF64,
  storeI32,
  storeLowerI64,
  type WasmFunction,
  when,
} from '../wasm/wasm.js';
import type { BatchLayout } from './batch-layout.js';

/*
 * Columns of a batch as narrow as keeps each number exactly as it is, two numbers at a time. What is read behind an odd number of
 * them is the last one once more.
 */

const ALL = i32(0xffff);
/** The width of doubles: nothing narrower would do. */
const DOUBLES = i32(8);
const WIDEST_OFFSET = 2 ** 32 - 1;

/** Whether all bits of a vector of comparisons are set. */
const holds = (vector: Code): Code => equal(code(vector, op.i8x16Bitmask), ALL);
const isNot = (condition: Code): Code => code(condition, op.i32Eqz);
const repeatLast = (column: number, count: number): Code =>
  code(
    add(get(column), shifted(get(count), 3)),
    code(subtract(add(get(column), shifted(get(count), 3)), i32(8)), loadF64()),
    storeF64(),
  );

/**
 * `narrowTimes(times, count)`: where all times are whole seconds from 1 on, writes the earliest one and how far the others are behind
 * it. Returns how many bytes each of those takes, 0 where all times are the same, and 8 where nothing was written.
 */
export function narrowTimes({ fromAt, narrowTimesAt }: BatchLayout): WasmFunction {
  const [times, count, end, p, out, width, pair, least, most, whole, from, range] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  ];
  const scan = loop(
    assign(pair, get(p), loadV128()),
    assign(least, get(least), get(pair), op.f64x2Pmin),
    assign(most, get(most), get(pair), op.f64x2Pmax),
    assign(
      whole,
      get(whole),
      code(code(get(pair), op.f64x2Trunc), get(pair), op.f64x2Eq),
      op.v128And,
    ),
    advance(p, 16),
    brIf(0, code(get(p), get(end), op.i32LtU)),
  );
  const ofLanes = (vector: number, which: Code): Code =>
    code(
      code(get(vector), laneF64(0)),
      code(get(vector), laneF64(1)),
      code(get(vector), laneF64(0)),
      code(get(vector), laneF64(1)),
      which,
      op.select,
    );
  const widthOf = (most: number, bytes: number, wider: Code): Code =>
    otherwise(code(get(range), f64(most), op.f64Le), assign(width, i32(bytes)), wider);
  // Four bytes each, so that the next one is put over what is too much.
  const keepOffsets = loop(
    code(
      get(out),
      code(code(get(p), loadF64()), get(from), op.f64Sub, op.u32FromF64),
      storeI32(narrowTimesAt),
    ),
    assign(out, add(get(out), get(width))),
    advance(p, 8),
    brIf(0, code(get(p), get(end), op.i32LtU)),
  );
  return {
    name: 'narrowTimes',
    params: ['i32', 'i32'],
    locals: [...new Array(4).fill('i32'), ...new Array(4).fill('v128'), 'f64', 'f64'],
    result: 'i32',
    code: code(
      repeatLast(times, count),
      assign(p, get(times)),
      assign(end, add(get(times), shifted(get(count), 3))),
      assign(least, get(times), loadF64(), op.f64x2Splat),
      assign(most, get(least)),
      assign(whole, get(least), get(least), op.f64x2Eq),
      scan,
      assign(from, ofLanes(least, op.f64Lt)),
      assign(range, code(ofLanes(most, op.f64Gt), get(from), op.f64Sub)),
      when(isNot(holds(get(whole))), leave(DOUBLES)),
      when(code(get(from), f64(1), op.f64Lt), leave(DOUBLES)),
      // Neither is so for infinite times, whose range is no number.
      when(
        isNot(code(get(from), get(range), op.f64Add, f64(Number.MAX_SAFE_INTEGER), op.f64Le)),
        leave(DOUBLES),
      ),
      when(isNot(code(get(range), f64(WIDEST_OFFSET), op.f64Le)), leave(DOUBLES)),
      code(i32(0), get(from), storeF64(fromAt)),
      widthOf(0, 0, widthOf(0xff, 1, widthOf(0xffff, 2, assign(width, i32(4))))),
      when(get(width), assign(p, get(times)), keepOffsets),
      get(width),
    ),
  };
}

/** `narrowValues(values, count)`: writes the values as floats of 32 bits. Returns 4, or 8 where one of them is not what it was then. */
export function narrowValues({ narrowValuesAt }: BatchLayout): WasmFunction {
  const [values, count, end, p, out, pair, single] = [0, 1, 2, 3, 4, 5, 6];
  return {
    name: 'narrowValues',
    params: ['i32', 'i32'],
    locals: ['i32', 'i32', 'i32', 'v128', 'v128'],
    result: 'i32',
    code: code(
      repeatLast(values, count),
      assign(p, get(values)),
      assign(end, add(get(values), shifted(get(count), 3))),
      block(
        loop(
          brIf(1, isAtLeast(get(p), get(end))),
          assign(pair, get(p), loadV128()),
          assign(single, get(pair), op.f32x4Demote),
          when(
            isNot(holds(code(code(get(single), op.f64x2Promote), get(pair), op.f64x2Eq))),
            leave(DOUBLES),
          ),
          code(get(out), get(single), storeLowerI64(narrowValuesAt)),
          advance(out, 8),
          advance(p, 16),
          br(0),
        ),
      ),
      i32(4),
    ),
  };
}
