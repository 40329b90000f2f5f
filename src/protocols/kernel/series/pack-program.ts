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
  type Code,
  call,
  code,
  f64,
  get,
  i32,
  laneF64,
  laneI32,
  leave,
  loadF64,
  loadSplatI64,
  loadV128,
  loop,
  op,
  otherwise,
  shuffleI32,
  storeByte,
  storeF64,
  storeI32,
  storeLowerI64,
  storeV128,
  v128,
  type WasmFunction,
  when,
} from '../wasm/wasm.js';
import * as at from './series-layout.js';

/*
 * Runs of points as narrow as keeps every bit of them: whole numbers of 1, 2 or 4 bytes, counted from the least one in a unit that
 * all values of the run are whole in, or floats. A hole is the largest of such numbers, and any float that is no number. Each value
 * is made again as it will be at the other end, and compared; numbers of two points at a time.
 */

/** A hole: the bits of NaN as JavaScript makes it. Others come out as they went in only as doubles. */
export const HOLES = v128(new Uint8Array(Float64Array.of(Number.NaN, Number.NaN).buffer));
/**
 * What is less than half of this and is added to it is rounded to a whole number, whose lowest 32 bits are those of the sum. Up to
 * `WHOLE_MAX`, a decimal times its unit is off by a quarter at most, and the rounding can count from any of them.
 */
const ROUNDING = 1.5 * 2 ** 52;
const WHOLE_MAX = 2 ** 50;
/** The largest number of each width stands for a hole. */
const RANGES = at.WIDTHS.map((bytes) => 2 ** (8 * bytes) - 2);

const address = (start: number, index: number): Code => add(get(start), shifted(get(index), 3));
const same = (a: number, b: number): Code => code(get(a), get(b), op.i64x2Eq);
/** Which of both values are those that were made again, to the bit, or holes; of others that are no numbers nothing is said by bits. */
const areKept = (pair: number, again: number, holes: number): Code =>
  code(
    code(same(again, pair), code(get(again), get(pair), op.f64x2Eq), op.v128And),
    same(pair, holes),
    op.v128Or,
  );

/**
 * `fits(from, count, unit)`: how many bytes the values, four at least, take as whole numbers once they are multiplied by `unit`, 0
 * where they are no such numbers. Leaves the least of them behind.
 */
function fits(): WasmFunction {
  const [from, count, unit, p, end, least, most] = [0, 1, 2, 3, 4, 5, 6];
  const [pair, whole, again, units, leasts, mosts, holes, rounding, all] = [
    7, 8, 9, 10, 11, 12, 13, 14, 15,
  ];
  const look = (offset: number): Code =>
    code(
      assign(pair, get(p), loadV128(offset)),
      // Which also makes another value of -0.
      assign(
        whole,
        code(code(get(pair), get(units), op.f64x2Mul), get(rounding), op.f64x2Add),
        get(rounding),
        op.f64x2Sub,
      ),
      assign(again, get(whole), get(units), op.f64x2Div),
      // A hole is neither less nor more.
      assign(leasts, get(leasts), get(whole), op.f64x2Pmin),
      assign(mosts, get(mosts), get(whole), op.f64x2Pmax),
      areKept(pair, again, holes),
    );
  const ofLanes = (vector: number, which: Code): Code => {
    const [first, second] = [0, 1].map((lane) => code(get(vector), laneF64(lane)));
    return code(first, second, first, second, which, op.select);
  };
  const within = (range: number, bytes: number): Code =>
    when(code(get(most), get(least), op.f64Sub, f64(range), op.f64Le), leave(i32(bytes)));
  return {
    name: 'fits',
    params: ['i32', 'i32', 'f64'],
    locals: ['i32', 'i32', 'f64', 'f64', ...new Array(9).fill('v128')],
    result: 'i32',
    code: code(
      assign(holes, HOLES),
      assign(units, get(unit), op.f64x2Splat),
      assign(rounding, f64(ROUNDING), op.f64x2Splat),
      assign(leasts, f64(Number.POSITIVE_INFINITY), op.f64x2Splat),
      assign(mosts, f64(Number.NEGATIVE_INFINITY), op.f64x2Splat),
      assign(p, get(from)),
      // Of the last four some may have been looked at before.
      assign(end, subtract(address(from, count), i32(32))),
      loop(
        when(isAbove(get(p), get(end)), assign(p, get(end))),
        assign(all, look(0), look(16), op.v128And),
        when(code(get(all), op.i64x2AllTrue, op.i32Eqz), leave(i32(0))),
        advance(p, 32),
        brIf(0, isBelow(get(p), add(get(end), i32(32)))),
      ),
      assign(least, ofLanes(leasts, op.f64Lt)),
      assign(most, ofLanes(mosts, op.f64Gt)),
      when(code(get(most), get(least), op.f64Lt), assign(least, f64(0)), assign(most, f64(0))),
      when(code(get(least), f64(-WHOLE_MAX), op.f64Lt), leave(i32(0))),
      when(code(get(most), f64(WHOLE_MAX), op.f64Gt), leave(i32(0))),
      code(i32(0), get(least), storeF64(at.LEAST_AT)),
      ...at.WIDTHS.map((bytes, i) => within(RANGES[i], bytes)),
      i32(0),
    ),
  };
}

/** `keepWhole(from, count, unit, out, width)`: writes the least one and how far the others are above it. Returns where that ends. */
function keepWhole(): WasmFunction {
  const [from, count, unit, out, width, end] = [0, 1, 2, 3, 4, 5];
  const [four, units, rounding, none] = [6, 7, 8, 9];
  /** How far two of them are above the least one: in the lower halves. */
  const counted = (offset: number): Code =>
    code(
      get(none),
      code(get(from), loadV128(offset), get(units), op.f64x2Mul, get(rounding), op.f64x2Add),
      op.f64x2Pmin,
    );
  const kept = (bytes: number, store: Code): Code =>
    code(
      assign(none, f64(ROUNDING + 2 ** (8 * bytes) - 1), op.f64x2Splat),
      loop(
        assign(four, shuffleI32(counted(0), counted(16), [0, 2, 4, 6])),
        store,
        advance(out, 4 * bytes),
        advance(from, 32),
        brIf(0, isBelow(get(from), get(end))),
      ),
    );
  const halves = code(get(four), get(four), op.i16x8NarrowU);
  const bytes = code(halves, halves, op.i8x16NarrowU, laneI32(0));
  const isWide = (bytes: number): Code => code(get(width), i32(bytes), op.i32Eq);
  return {
    name: 'keepWhole',
    params: ['i32', 'i32', 'f64', 'i32', 'i32'],
    locals: ['i32', ...new Array(4).fill('v128')],
    result: 'i32',
    code: code(
      assign(units, get(unit), op.f64x2Splat),
      assign(
        rounding,
        code(f64(ROUNDING), code(i32(0), loadF64(at.LEAST_AT)), op.f64Sub, op.f64x2Splat),
      ),
      code(get(out), i32(0), loadF64(at.LEAST_AT), storeF64()),
      advance(out, at.BASE_BYTES),
      assign(end, address(from, count)),
      // What is too much at the end is written over.
      add(get(out), code(get(count), get(width), op.i32Mul)),
      otherwise(
        isWide(1),
        kept(1, code(get(out), bytes, storeI32())),
        otherwise(
          isWide(2),
          kept(2, code(get(out), halves, storeLowerI64())),
          kept(4, code(get(out), get(four), storeV128())),
        ),
      ),
    ),
  };
}

/** `keepFloats(from, count, out)`: writes the values as floats. Returns where they end, 0 where one of them is none. */
function keepFloats(): WasmFunction {
  const [from, count, out, p, end, pair, single, again, holes] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const keep = code(
    assign(single, get(pair), op.f32x4Demote),
    assign(again, get(single), op.f64x2Promote),
    when(code(areKept(pair, again, holes), op.i64x2AllTrue, op.i32Eqz), leave(i32(0))),
    code(get(out), get(single), storeLowerI64()),
    advance(out, 8),
  );
  return {
    name: 'keepFloats',
    params: ['i32', 'i32', 'i32'],
    locals: ['i32', 'i32', ...new Array(4).fill('v128')],
    result: 'i32',
    code: code(
      assign(holes, HOLES),
      assign(p, get(from)),
      assign(end, subtract(address(from, count), i32(8))),
      block(
        loop(
          brIf(1, isAtLeast(get(p), get(end))),
          assign(pair, get(p), loadV128()),
          keep,
          advance(p, 16),
          br(0),
        ),
      ),
      when(
        code(get(p), get(end), op.i32Eq),
        assign(pair, get(p), loadSplatI64()),
        keep,
        leave(subtract(get(out), i32(4))),
      ),
      get(out),
    ),
  };
}

/** `keepDoubles(from, count, out)`: copies the values. Returns where they end. */
function keepDoubles(): WasmFunction {
  const [from, count, out, end] = [0, 1, 2, 3];
  return {
    name: 'keepDoubles',
    params: ['i32', 'i32', 'i32'],
    locals: ['i32'],
    result: 'i32',
    code: code(
      assign(end, address(out, count)),
      loop(
        code(get(out), get(from), loadV128(), storeV128()),
        advance(out, 16),
        advance(from, 16),
        brIf(0, isBelow(get(out), get(end))),
      ),
      get(end),
    ),
  };
}

const [FITS, KEEP_WHOLE, KEEP_FLOATS, KEEP_DOUBLES] = [0, 1, 2, 3];

/** `pack(runs, count)`: packs so many runs of so many points each. Returns where their bytes end. */
function pack(): WasmFunction {
  const [runs, count, from, out, run, form, unitAt, floatsEnd, width] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const unitThere = code(get(unitAt), loadF64(at.UNITS_AT));
  const whole = when(
    isAtLeast(get(count), i32(4)),
    assign(unitAt, i32(0)),
    loop(
      assign(width, call(FITS, get(from), get(count), unitThere)),
      when(
        get(width),
        assign(out, call(KEEP_WHOLE, get(from), get(count), unitThere, get(out), get(width))),
        // Widths of 1, 2 and 4 bytes are the forms 0, 1 and 2 of a unit.
        assign(
          form,
          add(
            code(code(get(unitAt), i32(3), op.i32ShrU), i32(at.WIDTHS.length), op.i32Mul),
            code(get(width), i32(1), op.i32ShrU),
            i32(at.WHOLE),
          ),
        ),
        br(3),
      ),
      advance(unitAt, 8),
      brIf(0, isBelow(get(unitAt), i32(8 * at.UNITS.length))),
    ),
  );
  return {
    name: 'pack',
    params: ['i32', 'i32'],
    locals: new Array(7).fill('i32'),
    result: 'i32',
    code: code(
      assign(from, i32(at.POINTS_AT)),
      assign(out, i32(at.BYTES_AT)),
      loop(
        block(
          whole,
          assign(form, i32(at.FLOATS)),
          assign(floatsEnd, call(KEEP_FLOATS, get(from), get(count), get(out))),
          when(get(floatsEnd), assign(out, get(floatsEnd)), br(1)),
          assign(form, i32(at.DOUBLES)),
          assign(out, call(KEEP_DOUBLES, get(from), get(count), get(out))),
        ),
        code(get(run), get(form), storeByte(at.FORMS_AT)),
        assign(from, address(from, count)),
        advance(run),
        brIf(0, isBelow(get(run), get(runs))),
      ),
      get(out),
    ),
  };
}

/** Of which `pack` calls the others: they have to be the first functions of a module. */
export function packFunctions(): WasmFunction[] {
  return [fits(), keepWhole(), keepFloats(), keepDoubles(), pack()];
}
