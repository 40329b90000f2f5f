/** Where things lie at the beginning of the memory of a kernel that writes numbers (`number-program.ts`). */

/** As much is written at the place of a number, whatever its length: what is behind it has to be written later. */
export const NUMBER_ROOM = 48;

/** The powers of ten that a double is multiplied with: of the largest one to that of the smallest one. */
export const POWER_MIN = -292;
export const POWER_MAX = 324;
/** 126 bits, the lower 64 of them first. */
export const POWER_BYTES = 16;
export const POWERS_AT = 0;

/** Words for what has no digits: up to 16 bytes, with their length behind them. */
export const WORD_BYTES = 16;
/** The word for NaN. */
export const NONE_AT = POWERS_AT + (POWER_MAX - POWER_MIN + 1) * POWER_BYTES;
/** The word for infinity. */
export const INFINITE_AT = NONE_AT + WORD_BYTES + 4;
/** The power of ten that the digits of `shortest` are multiplied with. */
export const EXPONENT_AT = INFINITE_AT + WORD_BYTES + 4;
/** The digits of 0000 to 9999, four bytes each. */
export const FOURS_AT = EXPONENT_AT + 8;
export const FOURS = 10_000;
export const NUMBERS_END = FOURS_AT + FOURS * 4;
