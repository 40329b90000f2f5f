import { pythonFloat } from '../python-float.js';

/** Python's words for what has no digits. */
export interface NumberWords {
  /** No value. */
  readonly none: string;
  readonly infinite: string;
}

/** A value as Python prints a float, with the words of a format for the others; NaN is no value. */
export function valueText(value: number, { none, infinite }: NumberWords): string {
  if (Number.isFinite(value)) return pythonFloat(value);
  if (Number.isNaN(value)) return none;
  return value > 0 ? infinite : `-${infinite}`;
}
