const DECIMAL = /^\s*[+-]?\d+(?:_\d+)*\s*$/;
const OCTAL = /^0[0-7]*$/;
const PREFIXED = /^0(?:[xX][0-9a-fA-F]+|[bB][01]+)$/;

/** The integer that Python's `int(text)` gives; undefined for its ValueError. */
export function integerOf(text: string): number | undefined {
  return DECIMAL.test(text) ? Number(text.replaceAll('_', '')) : undefined;
}

/** An integer as Python's option parser takes it: also `0x`, `0b`, and octal with a leading 0. */
export function optionIntegerOf(text: string): number | undefined {
  if (PREFIXED.test(text)) return Number(text);
  if (text.startsWith('0')) return OCTAL.test(text) ? Number.parseInt(text, 8) : undefined;
  return integerOf(text);
}
