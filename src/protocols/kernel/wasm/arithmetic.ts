import { assign, type Code, code, get, i32, op } from './wasm.js';

/** Arithmetic of the kernels, on whole numbers of 32 bits and on addresses. */

export const add = (...terms: readonly [Code, ...Code[]]): Code =>
  terms.reduce((sum, term) => code(sum, term, op.i32Add));
export const subtract = (a: Code, b: Code): Code => code(a, b, op.i32Sub);
/** `a << bits`. */
export const shifted = (a: Code, bits: number): Code => code(a, i32(bits), op.i32Shl);
export const equal = (a: Code, b: Code): Code => code(a, b, op.i32Eq);
export const differ = (a: Code, b: Code): Code => code(a, b, op.i32Ne);
export const isAbove = (a: Code, b: Code): Code => code(a, b, op.i32GtU);
export const isAtLeast = (a: Code, b: Code): Code => code(a, b, op.i32GeU);
export const isBelow = (a: Code, b: Code): Code => code(a, b, op.i32LtU);
/** The lesser of two, without a branch that nobody could foretell. */
export const lesser = (a: Code, b: Code): Code => code(a, b, isBelow(a, b), op.select);
/** Adds a constant to a local. */
export const advance = (local: number, by = 1): Code => assign(local, add(get(local), i32(by)));
