import { add, advance, isBelow, shifted } from '../wasm/arithmetic.js';
import {
  assign,
  brIf,
  type Code,
  code,
  f64,
  get,
  i32,
  loadByte,
  loadF64,
  loadFourU16,
  loadLowI32,
  loadSplatI64,
  loadV128,
  loop,
  op,
  otherwise,
  shuffleI32,
  storeV128,
  type WasmFunction,
} from '../wasm/wasm.js';
import { HOLES } from './pack-program.js';
import * as at from './series-layout.js';

/** `unpack(runs, count)`: the points of so many runs of so many points each. Returns where their bytes end. */
export function unpack(): WasmFunction {
  const [runs, count, run, from, p, end, form, width, to] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const [four, pair, holes, units, bases, none] = [9, 10, 11, 12, 13, 14];
  /** What is too much at the end of a run is written over by the next one. */
  const fourAtATime = (bytes: number, body: Code): Code =>
    loop(body, advance(from, 4 * bytes), advance(p, 32), brIf(0, isBelow(get(p), get(end))));
  const put = (offset: number, ...value: readonly Code[]): Code =>
    code(get(p), ...value, storeV128(offset));
  const counted = (offset: number, numbers: Code): Code =>
    code(
      assign(pair, numbers, op.f64x2FromU32),
      put(
        offset,
        get(holes),
        code(get(pair), get(bases), op.f64x2Add, get(units), op.f64x2Div),
        code(get(pair), get(none), op.f64x2Eq),
        op.v128Select,
      ),
    );
  const whole = (bytes: number, load: Code): Code =>
    code(
      assign(none, f64(2 ** (8 * bytes) - 1), op.f64x2Splat),
      fourAtATime(
        bytes,
        code(
          assign(four, get(from), load),
          counted(0, get(four)),
          counted(16, shuffleI32(get(four), get(four), [2, 3, 2, 3])),
        ),
      ),
    );
  const bytesLoaded = code(loadLowI32(), op.i16x8LowerU8, op.i32x4LowerU16);
  const floats = fourAtATime(
    4,
    code(
      assign(four, get(from), loadV128()),
      ...[0, 16].map((offset) =>
        code(
          assign(
            pair,
            offset === 0 ? get(four) : shuffleI32(get(four), get(four), [2, 3, 2, 3]),
            op.f64x2Promote,
          ),
          put(offset, get(pair), get(holes), code(get(pair), get(pair), op.f64x2Eq), op.v128Select),
        ),
      ),
    ),
  );
  const doubles = fourAtATime(
    8,
    code(put(0, get(from), loadV128()), put(16, get(from), loadV128(16))),
  );
  const isForm = (which: number): Code => code(get(form), i32(which), op.i32Eq);
  const isWide = (bytes: number): Code => code(get(width), i32(bytes), op.i32Eq);
  const ofUnit = code(
    assign(form, code(get(form), i32(at.WHOLE), op.i32Sub)),
    assign(width, code(i32(1), code(get(form), i32(at.WIDTHS.length), op.i32RemU), op.i32Shl)),
    assign(
      units,
      shifted(code(get(form), i32(at.WIDTHS.length), op.i32DivU), 3),
      loadSplatI64(at.UNITS_AT),
    ),
    assign(bases, get(from), loadF64(), op.f64x2Splat),
    advance(from, at.BASE_BYTES),
    assign(to, add(get(from), code(get(count), get(width), op.i32Mul))),
    otherwise(
      isWide(1),
      whole(1, bytesLoaded),
      otherwise(isWide(2), whole(2, loadFourU16()), whole(4, loadV128())),
    ),
  );
  return {
    name: 'unpack',
    params: ['i32', 'i32'],
    locals: [...new Array(7).fill('i32'), ...new Array(6).fill('v128')],
    result: 'i32',
    code: code(
      assign(holes, HOLES),
      assign(from, i32(at.BYTES_AT)),
      assign(end, i32(at.POINTS_AT)),
      loop(
        assign(p, get(end)),
        assign(end, add(get(p), shifted(get(count), 3))),
        assign(form, get(run), loadByte(at.FORMS_AT)),
        otherwise(
          isForm(at.DOUBLES),
          code(assign(to, add(get(from), shifted(get(count), 3))), doubles),
          otherwise(
            isForm(at.FLOATS),
            code(assign(to, add(get(from), shifted(get(count), 2))), floats),
            ofUnit,
          ),
        ),
        assign(from, get(to)),
        advance(run),
        brIf(0, isBelow(get(run), get(runs))),
      ),
      get(from),
    ),
  };
}
