import type { Random } from './random.js';

/** Doubles that are hard to write in the fewest digits, and such as there are everywhere. */

const word = new BigUint64Array(1);
const double = new Float64Array(word.buffer);
const MAX_BITS = 0x7fefffffffffffffn;

function doubleOf(bits: bigint): number {
  word[0] = bits;
  return double[0];
}

/** A double above 0 with those so many places before and behind it. */
function around(value: number, places: bigint): number[] {
  double[0] = value;
  const [middle] = word;
  const values: number[] = [];
  for (let bits = middle - places; bits <= middle + places; bits++)
    if (bits > 0n && bits <= MAX_BITS) values.push(doubleOf(bits));
  return values;
}

/** Where rounding, the powers of ten or the forms of a number change; each also with a minus. */
export function hardDoubles(): Float64Array {
  const values = [0, Number.MAX_VALUE, 9.5, 1 / 3, 0.1 + 0.2];
  for (let power = -1074; power < 1024; power++) values.push(...around(2 ** power, 3n));
  for (let power = -323; power <= 308; power++) values.push(...around(Number(`1e${power}`), 3n));
  for (let i = 1; i <= 3_000; i++) values.push(i * Number.MIN_VALUE);
  values.push(...around(2 ** 53, 300n), ...around(1e15, 300n), ...around(1e11, 300n));
  values.push(...around(1e-4, 300n), ...around(1e-6, 300n), ...around(1e21, 300n));
  values.push(...around(Number.MAX_VALUE, 300n));
  return Float64Array.from(values.flatMap((value) => [value, -value]));
}

/** Any finite double, each with the same chance. */
export function anyDoubles(random: Random, count: number): Float64Array {
  return Float64Array.from({ length: count }, () => {
    for (;;) {
      const bits = BigInt(random.int(0, 2 ** 32 - 1)) << 32n;
      const value = doubleOf(bits | BigInt(random.int(0, 2 ** 32 - 1)));
      if (Number.isFinite(value)) return value;
    }
  });
}

/** Decimals of any number of digits up to 17, of sizes near 1 most of them. */
export function decimalDoubles(random: Random, count: number): Float64Array {
  return Float64Array.from({ length: count }, () => {
    const digits = Array.from({ length: random.int(1, 17) }, () => random.int(0, 9)).join('');
    const power = random.chance(0.1) ? random.int(-320, 290) : random.int(-18, 4);
    return Number(`${random.chance(0.5) ? '-' : ''}${digits}e${power}`);
  });
}
