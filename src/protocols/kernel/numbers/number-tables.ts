import { assert } from '../../../assert.js';
import * as at from './number-layout.js';

/** Bits of a power in the table. */
const BITS = 126;
const LOW = (1n << 64n) - 1n;

/** Words for what has no digits. */
export interface NumberWords {
  /** For NaN. */
  readonly none: string;
  /** For infinity; a minus goes before it. */
  readonly infinite: string;
}

let tables: { readonly powers: BigUint64Array; readonly fours: Uint8Array } | undefined;

/** Fills in what `number-program.ts` looks up, but for the words. */
export function writeTables(buffer: ArrayBuffer): void {
  tables ??= { powers: powers(), fours: fours() };
  new BigUint64Array(buffer, at.POWERS_AT, tables.powers.length).set(tables.powers);
  new Uint8Array(buffer, at.FOURS_AT, tables.fours.length).set(tables.fours);
}

/** The words of the numbers to come. */
export function writeWords(buffer: ArrayBuffer, { none, infinite }: NumberWords): void {
  writeWord(buffer, at.NONE_AT, none);
  writeWord(buffer, at.INFINITE_AT, infinite);
}

function writeWord(buffer: ArrayBuffer, place: number, word: string): void {
  assert(word.length <= at.WORD_BYTES, 'there is room for the word');
  new Uint8Array(buffer, place, at.WORD_BYTES).set(Buffer.from(word));
  new Uint32Array(buffer, place + at.WORD_BYTES, 1)[0] = word.length;
}

function fours(): Uint8Array {
  return Buffer.from(
    Array.from({ length: at.FOURS }, (_, i) => String(i).padStart(4, '0')).join(''),
  );
}

/** The first 126 bits of each power of ten, rounded up to the next one. */
function powers(): BigUint64Array {
  const words: bigint[] = [];
  for (let k = at.POWER_MIN; k <= at.POWER_MAX; k++) {
    const bits = leadingBits(k) + 1n;
    words.push(bits & LOW, bits >> 64n);
  }
  return BigUint64Array.from(words);
}

/** `floor(10 ** k * 2 ** n)` for the `n` with which that has 126 bits. */
function leadingBits(k: number): bigint {
  const power = 10n ** BigInt(Math.abs(k));
  const size = power.toString(2).length;
  if (k >= 0) return size > BITS ? power >> BigInt(size - BITS) : power << BigInt(BITS - size);
  // 2 ** (size - 1) < power < 2 ** size, as no negative power of ten is one of two.
  return (1n << BigInt(size + BITS - 1)) / power;
}
