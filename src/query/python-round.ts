import { formatF } from './python-format.js';

/** Below this the error of `value * 10 ** digits` cannot reach a tie that is `NEAR_TIE` away. */
const SURE_MAX = 2 ** 40;
const NEAR_TIE = 1e-3;
/** Powers of ten that are exact. */
const EXACT_POWER_MAX = 22;

/**
 * Python's `round(value, digits)` of a float: to the nearest multiple of `10 ** -digits` by the exact value
 * of the double, of two equally near to the even one.
 */
export function pythonRound(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value;
  if (digits < 0) return roundToPower(value, 10 ** -digits);
  if (digits <= EXACT_POWER_MAX) {
    const power = 10 ** digits;
    const scaled = value * power;
    const nearest = Math.round(scaled);
    const isSure = Math.abs(Math.abs(scaled - nearest) - 0.5) > NEAR_TIE;
    if (isSure && Math.abs(scaled) < SURE_MAX) return nearest / power;
  }
  return digits > 100 ? value : Number(formatF(value, digits));
}

/** To a multiple of 10, 100, ... */
function roundToPower(value: number, power: number): number {
  if (power > Math.abs(value) * 2) return 0 * value;
  const over = Math.abs(value) % power;
  const below = Math.abs(value) - over;
  const isUp = over > power / 2 || (over === power / 2 && (below / power) % 2 === 1);
  return Math.sign(value) * (isUp ? below + power : below);
}
