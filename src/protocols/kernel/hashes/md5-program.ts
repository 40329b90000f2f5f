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
  code,
  get,
  i32,
  laneI32,
  loadI32,
  loadV128,
  loop,
  op,
  shuffleI32,
  splatByte,
  splatI32,
  storeByte,
  storeI16,
  storeI32,
  storeV128,
  type WasmFunction,
  when,
} from '../wasm/wasm.js';
import type { NameColumns } from './fnv-program.js';

/** Names that are hashed side by side. */
const LANES = [0, 1, 2, 3] as const;
const BLOCK_BYTES = 64;
/** A name ends with a marker and its length. */
const PADDING_BYTES = 9;
const COPY_BYTES = 16;

/** Where in memory the names of four lanes are padded, and how many blocks each has. */
export interface Md5Layout extends NameColumns {
  readonly positionsAt: number;
  /** A vector: the blocks of each lane. */
  readonly blocksAt: number;
  readonly lanesAt: number;
  readonly laneBytes: number;
}

/** What a lane needs for names of up to so many bytes: the copy and the zeros behind them go beyond their last block. */
export function laneBytes(nameBytesMax: number): number {
  return Math.ceil((nameBytesMax + PADDING_BYTES) / BLOCK_BYTES) * BLOCK_BYTES + 2 * BLOCK_BYTES;
}

const SINES = Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));
const ROTATIONS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
];
const INITIAL = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];

/** The function of a round (RFC 1321, 3.4). */
function mixed(round: number, b: Code, c: Code, d: Code): Code {
  if (round === 0) return code(c, d, b, op.v128Select);
  if (round === 1) return code(b, c, d, op.v128Select);
  if (round === 2) return code(b, c, op.v128Xor, d, op.v128Xor);
  return code(b, d, op.v128Not, op.v128Or, c, op.v128Xor);
}

/** The word of the block that a step takes. */
function wordOf(step: number): number {
  return [step, 5 * step + 1, 3 * step + 5, 7 * step][step >> 4] & 15;
}

/** The 64 steps on the locals `state`, with the sixteen locals from `words` on; `sum` is one more. */
function steps(state: readonly number[], words: number, sum: number): Code {
  return code(
    ...Array.from({ length: 64 }, (_, step) => {
      const round = step >> 4;
      // Each step changes one of the four, and the next step the one before it.
      const [a, b, c, d] = [0, 1, 2, 3].map((place) => state[(place + 64 - step) & 3]);
      const bits = ROTATIONS[round][step & 3];
      return code(
        assign(
          sum,
          code(get(a), mixed(round, get(b), get(c), get(d)), op.i32x4Add),
          code(get(words + wordOf(step)), splatI32(SINES[step]), op.i32x4Add),
          op.i32x4Add,
        ),
        assign(
          a,
          code(get(sum), i32(bits), op.i32x4Shl),
          code(get(sum), i32(32 - bits), op.i32x4ShrU),
          op.v128Or,
          get(b),
          op.i32x4Add,
        ),
      );
    }),
  );
}

/** Four vectors of the same four words of each lane, made vectors of one word of all lanes, in the locals from `words` on. */
function transposed(rows: readonly Code[], words: number): Code {
  const [r0, r1, r2, r3] = rows;
  const low = (a: Code, b: Code): Code => shuffleI32(a, b, [0, 4, 1, 5]);
  const high = (a: Code, b: Code): Code => shuffleI32(a, b, [2, 6, 3, 7]);
  const first = (a: Code, b: Code): Code => shuffleI32(a, b, [0, 1, 4, 5]);
  const second = (a: Code, b: Code): Code => shuffleI32(a, b, [2, 3, 6, 7]);
  return code(
    assign(words, first(low(r0, r1), low(r2, r3))),
    assign(words + 1, second(low(r0, r1), low(r2, r3))),
    assign(words + 2, first(high(r0, r1), high(r2, r3))),
    assign(words + 3, second(high(r0, r1), high(r2, r3))),
  );
}

/**
 * `positions(count, delta)`: of `count` names, whose addresses are `delta` behind what the columns say, the first two bytes
 * of their MD5 (RFC 1321), big-endian. Four names go side by side; a lane that has fewer blocks than another keeps its
 * state.
 */
export function md5Positions(layout: Md5Layout): WasmFunction {
  const { startsAt, endsAt, positionsAt, blocksAt, lanesAt, laneBytes: stride } = layout;
  const [count, delta, i, name, length, copied, blocks, most, at] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const state = [9, 10, 11, 12];
  const before = [13, 14, 15, 16];
  const [words, sum, mask] = [17, 33, 34];
  const [ADDRESS_0, laneAt] = [i32(0), (lane: number) => lanesAt + lane * stride];
  const pad = (lane: number): Code =>
    code(
      assign(length, i32(0)),
      when(
        isBelow(add(get(i), i32(lane)), get(count)),
        assign(name, code(shifted(get(i), 2), loadI32(startsAt + 4 * lane))),
        assign(length, subtract(code(shifted(get(i), 2), loadI32(endsAt + 4 * lane)), get(name))),
        assign(name, add(get(name), get(delta))),
      ),
      assign(copied, i32(0)),
      block(
        loop(
          brIf(1, isAtLeast(get(copied), get(length))),
          code(get(copied), code(add(get(name), get(copied)), loadV128()), storeV128(laneAt(lane))),
          advance(copied, COPY_BYTES),
          br(0),
        ),
      ),
      ...[0, 1, 2, 3, 4].map((n) =>
        code(get(length), splatByte(0), storeV128(laneAt(lane) + n * COPY_BYTES)),
      ),
      code(get(length), i32(0x80), storeByte(laneAt(lane))),
      assign(blocks, add(get(length), i32(PADDING_BYTES + BLOCK_BYTES - 1)), i32(6), op.i32ShrU),
      code(
        subtract(shifted(get(blocks), 6), i32(8)),
        shifted(get(length), 3),
        storeI32(laneAt(lane)),
      ),
      code(ADDRESS_0, get(blocks), storeI32(blocksAt + 4 * lane)),
      when(isAbove(get(blocks), get(most)), assign(most, get(blocks))),
    );
  const row = (chunk: number, lane: number): Code =>
    code(get(at), loadV128(laneAt(lane) + chunk * 16));
  const mixBlock = code(
    ...[0, 1, 2, 3].map((chunk) =>
      transposed(
        LANES.map((lane) => row(chunk, lane)),
        words + 4 * chunk,
      ),
    ),
    ...state.map((local, n) => assign(before[n], get(local))),
    steps(state, words, sum),
    assign(
      mask,
      code(ADDRESS_0, loadV128(blocksAt)),
      code(get(at), i32(6), op.i32ShrU, op.i32x4Splat),
      op.i32x4GtS,
    ),
    ...state.map((local, n) =>
      assign(
        local,
        code(get(local), get(before[n]), op.i32x4Add),
        get(before[n]),
        get(mask),
        op.v128Select,
      ),
    ),
  );
  const keep = (lane: number): Code =>
    code(
      shifted(get(i), 1),
      shifted(code(get(state[0]), laneI32(lane), i32(0xff), op.i32And), 8),
      code(get(state[0]), laneI32(lane), i32(8), op.i32ShrU, i32(0xff), op.i32And),
      op.i32Or,
      storeI16(positionsAt + 2 * lane),
    );
  return {
    name: 'positions',
    params: ['i32', 'i32'],
    locals: [...new Array(7).fill('i32'), ...new Array(26).fill('v128')],
    result: 'i32',
    code: code(
      block(
        loop(
          brIf(1, isAtLeast(get(i), get(count))),
          assign(most, i32(0)),
          ...LANES.map(pad),
          ...state.map((local, n) => assign(local, splatI32(INITIAL[n]))),
          assign(at, i32(0)),
          loop(
            mixBlock,
            advance(at, BLOCK_BYTES),
            brIf(0, isBelow(get(at), shifted(get(most), 6))),
          ),
          ...LANES.map(keep),
          advance(i, LANES.length),
          br(0),
        ),
      ),
      get(count),
    ),
  };
}
