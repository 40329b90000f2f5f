import { shifted, subtract } from '../wasm/arithmetic.js';
import {
  assign,
  type Code,
  call,
  code,
  get,
  i32,
  i64,
  leave,
  loadI64,
  op,
  storeI32,
  type WasmFunction,
  when,
} from '../wasm/wasm.js';
import * as at from './number-layout.js';

/** Bits of a double behind those of its exponent. */
const FRACTION_BITS = 52n;
const FRACTION = (1n << FRACTION_BITS) - 1n;
/** The power of two that the smallest doubles are whole multiples of. */
const EXPONENT_MIN = -1074;

/** Logarithms as fractions, exact enough for the exponents of doubles. */
const LOG10_BITS = 22;
const LOG10_2 = Math.floor(Math.log10(2) * 2 ** LOG10_BITS);
const LOG10_4_3 = Math.ceil(Math.log10(4 / 3) * 2 ** LOG10_BITS);
const LOG2_BITS = 20;
const LOG2_10 = Math.floor(Math.log2(10) * 2 ** LOG2_BITS);

const plus = (a: Code, b: Code): Code => code(a, b, op.i64Add);
const minus = (a: Code, b: Code): Code => code(a, b, op.i64Sub);
const times = (a: Code, b: Code): Code => code(a, b, op.i64Mul);
const both = (a: Code, b: Code): Code => code(a, b, op.i64And);
const either = (a: Code, b: Code): Code => code(a, b, op.i64Or);
const left = (a: Code, bits: Code): Code => code(a, bits, op.i64Shl);
const right = (a: Code, bits: Code): Code => code(a, bits, op.i64ShrU);
/** 1 where the first one is less, or at most the second one; else 0. */
const isLess = (a: Code, b: Code): Code => code(a, b, op.i64LtU, op.i64FromU32);
const isAtMost = (a: Code, b: Code): Code => code(a, b, op.i64LeU, op.i64FromU32);

/** `high(a, b)`: the upper 64 bits of a product of two numbers of 64 bits, from the products of their halves. */
export function high(): WasmFunction {
  const [a, b, middle, upper] = [0, 1, 2, 3];
  const low = (x: number): Code => both(get(x), i64(0xffffffffn));
  const top = (x: number): Code => right(get(x), i64(32n));
  return {
    name: 'high',
    params: ['i64', 'i64'],
    locals: ['i64', 'i64'],
    result: 'i64',
    code: code(
      assign(middle, plus(times(top(a), low(b)), right(times(low(a), low(b)), i64(32n)))),
      assign(upper, plus(times(top(a), top(b)), top(middle))),
      assign(middle, plus(times(low(a), top(b)), low(middle))),
      plus(get(upper), top(middle)),
    ),
  };
}

/** The locals of `shortest`. */
const [bits, q, k, isUneven, h, c] = [0, 1, 2, 3, 4, 5];
/** The power of ten, the product with it, of three words, and how far the bounds are from that. */
const [g0, g1, p0, p1, p2, d0, d1, d2] = [6, 7, 8, 9, 10, 11, 12, 13];
/** Four times the double and its bounds, in units. */
const [value, from, to] = [14, 15, 16];
const [whole, tens, x] = [17, 18, 19];

/** The double as `c * 2^q`. */
function split(): Code {
  return code(
    assign(c, both(get(bits), i64(FRACTION))),
    assign(q, right(get(bits), i64(FRACTION_BITS)), op.i32FromI64),
    assign(isUneven, get(c), op.i64Eqz, i32(1), get(q), op.i32LtU, op.i32And),
    when(
      get(q),
      assign(c, either(get(c), i64(FRACTION + 1n))),
      assign(q, subtract(get(q), i32(1))),
    ),
    assign(q, get(q), i32(EXPONENT_MIN), op.i32Add),
  );
}

/** Finds `k` and the power of ten -k, and how far `4 * c` is shifted so that 127 bits behind the units are cut off. */
function scale(): Code {
  const uneven = code(i32(LOG10_4_3), i32(0), get(isUneven), op.select);
  return code(
    assign(
      k,
      code(subtract(code(get(q), i32(LOG10_2), op.i32Mul), uneven), i32(LOG10_BITS), op.i32ShrS),
    ),
    code(i32(0), get(k), storeI32(at.EXPONENT_AT)),
    assign(
      h,
      code(get(k), i32(-LOG2_10), op.i32Mul, i32(LOG2_BITS), op.i32ShrS),
      code(get(q), op.i32Add, i32(2), op.i32Add, op.i64FromS32),
    ),
    assign(k, shifted(subtract(i32(-at.POWER_MIN), get(k)), 4)),
    assign(g0, get(k), loadI64(at.POWERS_AT)),
    assign(g1, get(k), loadI64(at.POWERS_AT + 8)),
  );
}

/** The product of the power of ten with `4 * c`, and half the distance of two doubles times that power. */
function multiply(high: number): Code {
  return code(
    assign(c, left(get(c), plus(get(h), i64(2n)))),
    assign(x, call(high, get(g0), get(c))),
    assign(p0, times(get(g0), get(c))),
    assign(p1, plus(times(get(g1), get(c)), get(x))),
    assign(p2, plus(call(high, get(g1), get(c)), isLess(get(p1), get(x)))),
    assign(h, plus(get(h), i64(1n))),
    assign(d0, left(get(g0), get(h))),
    assign(d1, either(left(get(g1), get(h)), right(get(g0), minus(i64(64n), get(h))))),
    assign(d2, right(get(g1), minus(i64(64n), get(h)))),
  );
}

/** The distance to the bound below, where that is half of the one to the bound above. */
function halve(): Code {
  return code(
    assign(d0, either(right(get(d0), i64(1n)), left(get(d1), i64(63n)))),
    assign(d1, either(right(get(d1), i64(1n)), left(get(d2), i64(63n)))),
    assign(d2, right(get(d2), i64(1n))),
  );
}

/** A product without its last 127 bits; the last bit that is left says as well whether any of those was set. */
function rounded(first: Code, second: Code): Code {
  const behind = code(left(first, i64(1n)), i64(0n), op.i64Ne, op.i64FromU32);
  return either(either(left(second, i64(1n)), right(first, i64(63n))), behind);
}

function findAbove(): Code {
  return code(
    assign(x, isLess(plus(get(p0), get(d0)), get(d0))),
    assign(to, plus(get(p1), get(d1))),
    assign(whole, isLess(get(to), get(d1))),
    assign(to, plus(get(to), get(x))),
    assign(whole, plus(get(whole), isLess(get(to), get(x)))),
    assign(to, rounded(get(to), plus(plus(get(p2), get(d2)), get(whole)))),
  );
}

function findBelow(): Code {
  return code(
    assign(x, isLess(get(p0), get(d0))),
    assign(from, minus(get(p1), get(d1))),
    assign(whole, isLess(get(p1), get(d1))),
    assign(whole, plus(get(whole), isLess(get(from), get(x)))),
    assign(from, minus(get(from), get(x))),
    assign(from, rounded(get(from), minus(minus(get(p2), get(d2)), get(whole)))),
  );
}

/** Returns the one that lies within the bounds, if it is one of `units` and `units + step`. */
function chooseWithin(units: number, step: bigint): Code {
  return code(
    assign(x, isAtMost(left(plus(get(units), i64(step)), i64(2n)), get(to))),
    when(
      code(isAtMost(get(from), left(get(units), i64(2n))), get(x), op.i64Ne),
      leave(plus(get(units), times(get(x), i64(step)))),
    ),
  );
}

/**
 * `shortest(bits)`: the shortest decimal from which a double is read back to the bit, of several the one next to it, as in
 * Raffaello Giulietti, "The Schubfach way to render doubles" (2020), where it is proven that 126 bits of a power of ten
 * are enough. Takes the bits of a finite double above 0. Returns digits, below 10^17 and maybe with zeros at their end, and
 * leaves at EXPONENT_AT the power of ten that they are multiplied with.
 *
 * What is read as `c * 2^q` lies within half of 2^q, below the first `c` of a power of two within a quarter. `k` is chosen so
 * that these bounds are at least 10^k apart, and less than 10^(k+1): between them are one or more multiples of 10^k, and
 * at most one of 10^(k+1). The paper has a product for each bound; here they are sums of that with the double.
 */
export function shortest(highIndex: number): WasmFunction {
  // Half a unit goes to the even one, more than half a unit up.
  const last = plus(both(get(value), i64(3n)), both(get(whole), i64(1n)));
  return {
    name: 'shortest',
    params: ['i64'],
    locals: [...new Array<'i32'>(3).fill('i32'), ...new Array<'i64'>(16).fill('i64')],
    result: 'i64',
    code: code(
      split(),
      scale(),
      multiply(highIndex),
      assign(value, rounded(get(p1), get(p2))),
      findAbove(),
      when(get(isUneven), halve()),
      findBelow(),
      // What lies on a bound is read as the neighbour where `c` is odd.
      assign(x, both(get(bits), i64(1n))),
      assign(from, plus(get(from), get(x))),
      assign(to, minus(get(to), get(x))),
      assign(whole, right(get(value), i64(2n))),
      assign(tens, times(code(get(whole), i64(10n), op.i64DivU), i64(10n))),
      chooseWithin(tens, 10n),
      chooseWithin(whole, 1n),
      plus(get(whole), isLess(i64(2n), last)),
    ),
  };
}
