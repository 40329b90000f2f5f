/*
 * As much of an assembler for WebAssembly (core specification 2.0, chapter 5) as the kernels need: instructions are
 * lists of bytes, in the order of a stack machine, operands first.
 */

export type Code = readonly number[];
export type ValueType = 'i32' | 'i64' | 'f64' | 'v128';

const TYPES: Record<ValueType, number> = {
  i32: 0x7f,
  i64: 0x7e,
  f64: 0x7c,
  v128: 0x7b,
};
const NO_RESULT = 0x40;
const END = 0x0b;

/** A function of a module. Its locals are its parameters, then `locals`, numbered from 0. */
export interface WasmFunction {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly result: ValueType;
  readonly code: Code;
}

/** An unsigned number in LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return [...bytes, left];
}

/** A signed number in LEB128. */
function signed(value: bigint): number[] {
  const bytes: number[] = [];
  for (let left = value; ; ) {
    const low = Number(left & 0x7fn);
    left >>= 7n;
    if ((left === 0n && low < 0x40) || (left === -1n && low >= 0x40)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** One after the other. */
export function code(...parts: readonly Code[]): Code {
  return parts.flat();
}

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number): Code => [0x21, ...unsigned(local)];
export const tee = (local: number): Code => [0x22, ...unsigned(local)];
/** `local = value`. */
export const assign = (local: number, ...value: readonly Code[]): Code =>
  code(...value, set(local));

export const i32 = (value: number): Code => [0x41, ...signed(BigInt(value))];
export const f64 = (value: number): Code => [
  0x44,
  ...new Uint8Array(Float64Array.of(value).buffer),
];
export const i64 = (value: bigint): Code => [0x42, ...signed(BigInt.asIntN(64, value))];

/** Loads and stores: the address is on the stack, an offset is added to it; alignment is only a hint. */
export const loadSignedByte = (offset = 0): Code => [0x2c, 0, ...unsigned(offset)];
export const loadByte = (offset = 0): Code => [0x2d, 0, ...unsigned(offset)];
export const loadF64 = (offset = 0): Code => [0x2b, 3, ...unsigned(offset)];
export const storeByte = (offset = 0): Code => [0x3a, 0, ...unsigned(offset)];
export const storeI32 = (offset = 0): Code => [0x36, 2, ...unsigned(offset)];
export const loadI16 = (offset = 0): Code => [0x2f, 1, ...unsigned(offset)];
export const loadI32 = (offset = 0): Code => [0x28, 2, ...unsigned(offset)];
/** 32 bits, as a whole number of 64. */
export const loadU32 = (offset = 0): Code => [0x35, 2, ...unsigned(offset)];
export const loadI64 = (offset = 0): Code => [0x29, 3, ...unsigned(offset)];
export const loadV128 = (offset = 0): Code => [0xfd, 0x00, 0, ...unsigned(offset)];
/** Twice the same 64 bits. */
export const loadSplatI64 = (offset = 0): Code => [0xfd, 0x0a, 0, ...unsigned(offset)];
/** Four whole numbers of 16 bits, as such of 32. */
export const loadFourU16 = (offset = 0): Code => [0xfd, 0x04, 0, ...unsigned(offset)];
/** 32 bits, and zeros. */
export const loadLowI32 = (offset = 0): Code => [0xfd, 0x5c, 0, ...unsigned(offset)];
export const storeV128 = (offset = 0): Code => [0xfd, 0x0b, 0, ...unsigned(offset)];
export const storeI16 = (offset = 0): Code => [0x3b, 1, ...unsigned(offset)];
export const storeI64 = (offset = 0): Code => [0x37, 3, ...unsigned(offset)];
export const storeF64 = (offset = 0): Code => [0x39, 3, ...unsigned(offset)];

/** The lower half of a vector; where it is loaded the upper one is 0. */
export const loadLowerI64 = (offset = 0): Code => [0xfd, 0x5d, 0, ...unsigned(offset)];
export const storeLowerI64 = (offset = 0): Code => [0xfd, 0x5b, 0, ...unsigned(offset), 0];

/** Operators of vectors have codes of their own, behind a byte that says so. */
const vector128 = (operator: number): Code => [0xfd, ...unsigned(operator)];
/** Sixteen times the same byte. */
export const splatByte = (byte: number): Code => [...vector128(0x0c), ...new Array(16).fill(byte)];
/** Four times the same whole number. */
export const splatI32 = (value: number): Code => [
  ...vector128(0x0c),
  ...new Uint8Array(Int32Array.of(value, value, value, value).buffer),
];
/** Sixteen bytes. */
export const v128 = (bytes: ArrayLike<number>): Code => [
  ...vector128(0x0c),
  ...Array.from({ length: 16 }, (_, i) => bytes[i]),
];
/** Of two vectors, the bytes with these indexes; those of the second one begin at 16. */
export const shuffleBytes = (a: Code, b: Code, lanes: readonly number[]): Code => [
  ...a,
  ...b,
  ...vector128(0x0d),
  ...lanes,
];
/** Of two vectors, the whole numbers with these indexes; those of the second one begin at 4. */
export const shuffleI32 = (a: Code, b: Code, lanes: readonly number[]): Code =>
  shuffleBytes(
    a,
    b,
    lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)),
  );
/** One of the four whole numbers of the vector on the stack, and one of its sixteen bytes. */
export const laneI32 = (lane: number): Code => [...vector128(0x1b), lane];
export const laneByte = (lane: number): Code => [...vector128(0x16), lane];
/** One of the two doubles. */
export const laneF64 = (lane: number): Code => [...vector128(0x21), lane];
/** One of the two whole numbers of 64 bits. */
export const laneI64 = (lane: number): Code => [...vector128(0x1d), lane];
/** Puts the whole number of 64 bits on the stack into the vector below it, as its second one. */
export const withUpperI64: Code = [...vector128(0x1e), 1];

/** Operators, on what is on the stack. */
export const op = {
  i32Eqz: [0x45],
  i32Eq: [0x46],
  i32Ne: [0x47],
  i32LtS: [0x48],
  i32LtU: [0x49],
  i32GtU: [0x4b],
  i32LeU: [0x4d],
  i32GeS: [0x4e],
  i32GeU: [0x4f],
  i32Add: [0x6a],
  i32Sub: [0x6b],
  i32Mul: [0x6c],
  i32DivU: [0x6e],
  i32RemU: [0x70],
  i32And: [0x71],
  i32Or: [0x72],
  i32Xor: [0x73],
  i32Shl: [0x74],
  i32ShrS: [0x75],
  i32ShrU: [0x76],
  i32Clz: [0x67],
  i32Ctz: [0x68],
  i64Eqz: [0x50],
  i64Eq: [0x51],
  i64Ne: [0x52],
  i64LtS: [0x53],
  i64LtU: [0x54],
  i64LeU: [0x58],
  i64GeU: [0x5a],
  i64Add: [0x7c],
  i64Sub: [0x7d],
  i64Mul: [0x7e],
  i64DivU: [0x80],
  i64And: [0x83],
  i64Or: [0x84],
  i64Xor: [0x85],
  i64Shl: [0x86],
  i64ShrU: [0x88],
  /** The lowest byte, as a number with a sign. */
  i64Extend8S: [0xc2],
  i32FromI64: [0xa7],
  i64FromU32: [0xad],
  i64FromS32: [0xac],
  i64BitsOfF64: [0xbd],
  f64Abs: [0x99],
  f64Neg: [0x9a],
  f64Floor: [0x9c],
  f64Trunc: [0x9d],
  f64Nearest: [0x9e],
  f64Eq: [0x61],
  f64Ne: [0x62],
  f64Lt: [0x63],
  f64Gt: [0x64],
  f64Add: [0xa0],
  f64Sub: [0xa1],
  f64Mul: [0xa2],
  f64Div: [0xa3],
  f64Le: [0x65],
  f64Ge: [0x66],
  f64FromI64: [0xb9],
  f64FromI32: [0xb7],
  i32FromF64: [0xaa],
  u32FromF64: [0xab],
  u64FromF64: [0xb1],
  /** The first operand where the third is not 0, else the second. */
  select: [0x1b],
  v128Not: vector128(0x4d),
  v128And: vector128(0x4e),
  v128AndNot: vector128(0x4f),
  v128Or: vector128(0x50),
  v128Xor: vector128(0x51),
  /** Bits of the first operand where the third has ones, of the second where it has none. */
  v128Select: vector128(0x52),
  v128AnyTrue: vector128(0x53),
  /** Of the first operand, the bytes with the indexes in the second; 0 for those above 15. */
  i8x16Swizzle: vector128(0x0e),
  i8x16Splat: vector128(0x0f),
  i8x16Add: vector128(0x6e),
  i8x16Ne: vector128(0x24),
  i8x16Eq: vector128(0x23),
  i8x16LeS: vector128(0x29),
  i8x16LeU: vector128(0x2a),
  i8x16Bitmask: vector128(0x64),
  i32x4Splat: vector128(0x11),
  i32x4Eq: vector128(0x37),
  i32x4GtS: vector128(0x3b),
  i32x4Shl: vector128(0xab),
  i32x4ShrU: vector128(0xad),
  i32x4Add: vector128(0xae),
  i32x4Sub: vector128(0xb1),
  /** The lower lanes as lanes of twice their size, without a sign. */
  i16x8LowerU8: vector128(0x89),
  i32x4LowerU16: vector128(0xa9),
  /** The lanes of two vectors as lanes of half their size: 0 for those below, the greatest for those above. */
  i8x16NarrowU: vector128(0x66),
  i16x8NarrowU: vector128(0x86),
  i64x2Splat: vector128(0x12),
  i64x2Sub: vector128(0xd1),
  i64x2Eq: vector128(0xd6),
  i64x2AllTrue: vector128(0xc3),
  f64x2Splat: vector128(0x14),
  f64x2Eq: vector128(0x47),
  f64x2Ne: vector128(0x48),
  f64x2Gt: vector128(0x4a),
  f64x2Trunc: vector128(0x7a),
  f64x2Nearest: vector128(0x94),
  f64x2Abs: vector128(0xec),
  f64x2Add: vector128(0xf0),
  f64x2Sub: vector128(0xf1),
  f64x2Mul: vector128(0xf2),
  f64x2Div: vector128(0xf3),
  /** The lesser and the greater of two numbers, the first one where one of them is none. */
  f64x2Pmin: vector128(0xf6),
  f64x2Pmax: vector128(0xf7),
  /** Two doubles as whole numbers of 32 bits without a sign in the lower half, 0 for what is no number, and back. */
  u32x4FromF64: vector128(0xfd),
  f64x2FromU32: vector128(0xff),
  /** Two doubles as floats of 32 bits in the lower half, and back. */
  f32x4Demote: vector128(0x5e),
  f64x2Promote: vector128(0x5f),
} as const satisfies Record<string, Code>;

/** `br(0)` within a block goes behind it, `br(1)` behind the one around it, and so on. */
export const block = (...body: readonly Code[]): Code => [0x02, NO_RESULT, ...code(...body), END];
/** `br` to a loop goes back to its beginning; at its end it is left. */
export const loop = (...body: readonly Code[]): Code => [0x03, NO_RESULT, ...code(...body), END];
/** Counts as a block for `br`. */
export const when = (condition: Code, ...body: readonly Code[]): Code => [
  ...condition,
  0x04,
  NO_RESULT,
  ...code(...body),
  END,
];
/** `when` with something to do where the condition does not hold. */
export const otherwise = (condition: Code, then: Code, instead: Code): Code => [
  ...condition,
  0x04,
  NO_RESULT,
  ...then,
  0x05,
  ...instead,
  END,
];
export const br = (depth: number): Code => [0x0c, ...unsigned(depth)];
export const brIf = (depth: number, condition: Code): Code => [
  ...condition,
  0x0d,
  ...unsigned(depth),
];
export const leave = (result: Code): Code => [...result, 0x0f];
export const call = (index: number, ...operands: readonly Code[]): Code => [
  ...code(...operands),
  0x10,
  ...unsigned(index),
];

/** A module that exports its functions and its memory, which has a fixed size in pages of 64 KiB. */
export function wasmModule(
  pages: number,
  functions: readonly WasmFunction[],
): Uint8Array<ArrayBuffer> {
  const text = (value: string): number[] =>
    vector(...[...Buffer.from(value)].map((byte) => [byte]));
  const types = functions.map(({ params, result }) => [
    0x60,
    ...vector(...params.map((type) => [TYPES[type]])),
    ...vector([TYPES[result]]),
  ]);
  const exported = functions.map(({ name }, i) => [...text(name), 0, ...unsigned(i)]);
  const bodies = functions.map(({ locals, code: body }) => {
    const bytes = [...vector(...locals.map((type) => [1, TYPES[type]])), ...body, END];
    return [...unsigned(bytes.length), ...bytes];
  });
  // Profilers show them.
  const named = functions.map(({ name }, i) => [...unsigned(i), ...text(name)]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(...types)),
    ...section(3, vector(...functions.map((_, i) => unsigned(i)))),
    ...section(5, vector([1, ...unsigned(pages), ...unsigned(pages)])),
    ...section(7, vector([...text('memory'), 2, 0], ...exported)),
    ...section(10, vector(...bodies)),
    ...section(0, [...text('name'), ...section(1, vector(...named))]),
  ]);
}

function vector(...items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}
