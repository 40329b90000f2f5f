import { NUMBERS_MAX } from '../../folded-batch.js';

/** The table by which nodes of names are found while a batch is folded (`name-dictionary-program.ts`). */

/** Bytes that are looked at together. */
export const STEP_BYTES = 16;
/** Nodes are looked at in two vectors, and what is longer in a loop. */
export const PAIR_BYTES = 2 * STEP_BYTES;
/** A slot, by a hash: where a node lies in the folded names and, in the lower bits, its number, counted from 1. */
export const SLOT_BYTES = 4;
/** The table takes so many bits of bytes. */
export const TABLE_BITS = 14;
/** A node that is not found by so many probes is taken as a new one, so that nobody can make them dear. */
export const PROBES = 16;
export const NUMBER_BITS = Math.ceil(Math.log2(NUMBERS_MAX + 1));
/** Behind the table: bytes from `32 - n` on keep the first `n` of two vectors. */
export const MASKS_OFFSET = 2 ** TABLE_BITS;
export const DICTIONARY_BYTES = MASKS_OFFSET + 2 * PAIR_BYTES;
/** Names of a batch may take so much, once they are folded. */
export const FOLDED_BYTES_MAX = 2 ** (32 - NUMBER_BITS);

export function prepareDictionary(buffer: ArrayBuffer, dictionaryAt: number): void {
  new Uint8Array(buffer, dictionaryAt + MASKS_OFFSET, PAIR_BYTES).fill(0xff);
}
