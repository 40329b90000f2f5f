import { ENDS_NAME, NODE_BYTES_MAX, NODE_BYTES_MIN } from '../../folded-batch.js';
import {
  add,
  advance,
  differ,
  isAbove,
  isBelow,
  lesser,
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
  i64,
  laneI64,
  loadByte,
  loadI64,
  loadV128,
  loop,
  op,
  otherwise,
  splatByte,
  storeByte,
  storeV128,
  type WasmFunction,
  when,
} from '../wasm/wasm.js';
import { PAIR_BYTES, SLOT_BYTES, STEP_BYTES } from './name-dictionary-layout.js';

/*
 * Cutting names, behind each of which is a newline, into nodes behind separators, and comparing nodes: pieces of the programs that
 * number nodes (`name-dictionary-program.ts`, `name-nodes-program.ts`), which have their locals in common.
 */

/** They stand between the parts of a path, and between tags and their values. */
const SEPARATORS = Buffer.from('.;=');
export const NEWLINE = 0x0a;

/** Odd numbers whose bits look like chance: the fractions of the roots of 3, 5, 7 and 11. */
const MULTIPLIERS = [
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
] as const;
/** The first two are parameters: the address of what is to be cut, and its end. */
export const LOCAL = {
  p: 0,
  end: 1,
  out: 2,
  known: 3,
  size: 4,
  stops: 5,
  head: 6,
  slot: 7,
  entry: 8,
  number: 9,
  copied: 10,
  probes: 11,
  newlines: 12,
  next: 13,
  hash: 14,
  first: 15,
  second: 16,
  firstMask: 17,
  secondMask: 18,
  newline: 19,
} as const;
export const LOCALS: WasmFunction['locals'] = [
  ...new Array(12).fill('i32'),
  'i64',
  ...new Array(8).fill('v128'),
];
const { p, out, size, stops, head, slot, entry, copied, newlines, next, hash } = LOCAL;
const { first, second, firstMask, secondMask, newline } = LOCAL;
const separators = [20, 21, 22] as const;

/** Has vectors of separators and newlines ready: within a loop V8 would make constants anew. */
export const setNodeConstants = (): Code =>
  code(
    ...separators.map((local, i) => assign(local, splatByte(SEPARATORS[i]))),
    assign(newline, splatByte(NEWLINE)),
  );

/** Of the sixteen bytes in a local, a bit for each separator. */
const separatorsIn = (chunk: number): Code =>
  code(
    ...separators.map((local) => code(get(chunk), get(local), op.i8x16Eq)),
    op.v128Or,
    op.v128Or,
    op.i8x16Bitmask,
  );
const newlinesIn = (chunk: number): Code =>
  code(get(chunk), get(newline), op.i8x16Eq, op.i8x16Bitmask);
/** Bits of the bytes in `first`, and behind them of those in `second`. */
const inBoth = (bitsIn: (chunk: number) => Code): Code =>
  code(bitsIn(first), shifted(bitsIn(second), STEP_BYTES), op.i32Or);

const isNewline = (offset: number): Code =>
  code(add(get(p), get(size)), loadByte(offset), i32(NEWLINE), op.i32Eq);

/** Of a node that is longer than two vectors: as `measure`, with whether a name ends in `newlines`. */
function measureLong(): Code {
  const chunk = secondMask;
  const isWhole = isBelow(get(size), i32(NODE_BYTES_MAX));
  return code(
    // Of the last byte of the second vector it was not known whether a node ends with it.
    assign(size, i32(PAIR_BYTES - 1)),
    loop(
      assign(chunk, add(get(p), get(size)), loadV128()),
      assign(stops, code(separatorsIn(chunk), newlinesIn(chunk), op.i32Or)),
      // As if there were one behind these sixteen bytes.
      assign(size, add(get(size), code(get(stops), i32(1 << STEP_BYTES), op.i32Or, op.i32Ctz))),
      brIf(0, code(code(get(stops), op.i32Eqz), isWhole, op.i32And)),
    ),
    assign(size, lesser(get(size), i32(NODE_BYTES_MAX))),
    when(
      code(isWhole, isNewline(1), op.i32And),
      when(code(isNewline(0), op.i32Eqz), advance(size)),
    ),
    assign(newlines, isNewline(0)),
    assign(next, add(get(p), get(size), code(isWhole, get(newlines), op.i32Or))),
    assign(size, add(get(size), code(isWhole, get(newlines), op.i32GtU))),
  );
}

/**
 * The node at `p`: its bytes in `size`, with the byte in front of it in `head`, the first 32 in two vectors, and where the next one
 * begins. The next one waits for that, so it has no branches for nodes that are not long.
 */
export function measure(masksAt: number): Code {
  const maskOf = subtract(i32(PAIR_BYTES), lesser(get(size), i32(PAIR_BYTES)));
  return code(
    assign(first, get(p), loadV128()),
    assign(second, get(p), loadV128(STEP_BYTES)),
    assign(newlines, inBoth(newlinesIn)),
    assign(
      stops,
      code(
        inBoth(separatorsIn),
        // One so early ends no node, nor does the last byte of a name, and of the last one here that is not known.
        code(get(newlines), i32(1), op.i32ShrU, i32(-1), op.i32Xor),
        code(i32(2 ** 31 - 2 ** (NODE_BYTES_MIN - 1)), op.i32And, op.i32And),
      ),
      get(newlines),
      op.i32Or,
    ),
    assign(size, get(stops), op.i32Ctz),
    otherwise(
      get(stops),
      code(
        assign(next, add(get(p), get(size), i32(1))),
        assign(newlines, code(get(newlines), get(size), op.i32ShrU), i32(1), op.i32And),
        // A separator belongs to the node that it ends.
        assign(size, subtract(add(get(size), i32(1)), get(newlines))),
      ),
      measureLong(),
    ),
    assign(head, get(size), shifted(get(newlines), Math.log2(ENDS_NAME)), op.i32Or),
    assign(firstMask, maskOf, loadV128(masksAt)),
    assign(secondMask, maskOf, loadV128(masksAt + STEP_BYTES)),
    assign(first, get(first), get(firstMask), op.v128And),
    assign(second, get(second), get(secondMask), op.v128And),
  );
}

/**
 * Where in a table of so many bits of bytes, with slots of four, a node is looked for: by its first 32 bytes; of a longer one by its length and its last 16 as
 * well.
 */
export function findSlot(bits: number): Code {
  const mixedOf = (word: Code, multiplier: bigint): Code => code(word, i64(multiplier), op.i64Mul);
  const mixed = (chunk: number, lane: number, multiplier: bigint): Code =>
    mixedOf(code(get(chunk), laneI64(lane)), multiplier);
  const lastWord = (bytes: number): Code =>
    code(subtract(add(get(p), get(size)), i32(bytes)), loadI64());
  const [m0, m1, m2, m3] = MULTIPLIERS;
  return code(
    assign(
      hash,
      code(mixed(first, 0, m0), mixed(first, 1, m1), op.i64Xor),
      code(mixed(second, 0, m2), mixed(second, 1, m3), op.i64Xor),
      op.i64Xor,
    ),
    when(
      isAbove(get(size), i32(PAIR_BYTES)),
      assign(
        hash,
        code(get(hash), mixedOf(code(get(size), op.i64FromU32), m0), op.i64Add),
        code(mixedOf(lastWord(STEP_BYTES), m1), mixedOf(lastWord(STEP_BYTES / 2), m2), op.i64Add),
        op.i64Add,
      ),
    ),
    assign(
      slot,
      code(
        get(hash),
        i64(BigInt(64 - bits)),
        op.i64ShrU,
        op.i32FromI64,
        i32(-SLOT_BYTES),
        op.i32And,
      ),
    ),
  );
}

/** Leaves the block around it unless the node that lies at `entry` is the one at `p`. */
export function compared(): Code {
  const differing = (offset: number, mask: number, chunk: number): Code =>
    code(code(get(entry), loadV128(1 + offset), get(mask), op.v128And), get(chunk), op.v128Xor);
  const laterStep = code(
    code(add(get(entry), get(copied)), loadV128(1)),
    code(add(get(p), get(copied)), loadV128()),
    op.i8x16Ne,
    op.i8x16Bitmask,
  );
  const left = subtract(get(size), get(copied));
  return code(
    brIf(0, differ(code(get(entry), loadByte()), get(head))),
    brIf(
      0,
      code(
        differing(0, firstMask, first),
        differing(STEP_BYTES, secondMask, second),
        op.v128Or,
        op.v128AnyTrue,
      ),
    ),
    assign(copied, i32(PAIR_BYTES)),
    block(
      loop(
        brIf(1, code(get(copied), get(size), op.i32GeU)),
        // Of the last step, only the bytes that are in the node.
        brIf(
          2,
          code(
            laterStep,
            subtract(code(i32(1), lesser(left, i32(STEP_BYTES)), op.i32Shl), i32(1)),
            op.i32And,
          ),
        ),
        advance(copied, STEP_BYTES),
        br(0),
      ),
    ),
  );
}

/** Copies the node, behind the byte in front of it, to `out`, which is behind it then. */
export function copyNode(): Code {
  return code(
    code(get(out), get(head), storeByte()),
    code(get(out), get(first), storeV128(1)),
    code(get(out), get(second), storeV128(1 + STEP_BYTES)),
    assign(copied, i32(PAIR_BYTES)),
    block(
      loop(
        brIf(1, code(get(copied), get(size), op.i32GeU)),
        code(add(get(out), get(copied)), code(add(get(p), get(copied)), loadV128()), storeV128(1)),
        advance(copied, STEP_BYTES),
        br(0),
      ),
    ),
    assign(out, add(get(out), get(size), i32(1))),
  );
}
