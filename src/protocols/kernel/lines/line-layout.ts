/** Where things lie in the memory of the line kernel. */

/** Points of one call. */
export const POINTS_MAX = 2048;
/** Bytes of one call; more than the longest line. */
export const INPUT_BYTES = 64 * 1024;

/** A byte for each byte: the classes of `line-plain.ts`. */
export const CLASSES_AT = 0;
/** A double for each exponent up to `DIGITS_MAX`. */
export const POWERS_AT = 256;
/** The double that `number` has read. */
export const NUMBER_AT = 512;
/** Where `lines` has stopped. */
export const STOPPED_AT = 520;

const COLUMNS_AT = 1024;
export const TIMES_AT = COLUMNS_AT;
export const VALUES_AT = TIMES_AT + POINTS_MAX * 8;
export const STARTS_AT = VALUES_AT + POINTS_MAX * 8;
export const ENDS_AT = STARTS_AT + POINTS_MAX * 4;
export const UNUSUAL_AT = ENDS_AT + POINTS_MAX * 4;
export const INPUT_AT = UNUSUAL_AT + POINTS_MAX;

const PAGE_BYTES = 64 * 1024;
/** Names are looked at so many bytes at a time, so that up to this many are read behind the input. */
export const SLACK_BYTES = 16;
/** Room for the input, the newline behind it and what is read besides. */
export const PAGES = Math.ceil((INPUT_AT + INPUT_BYTES + 1 + SLACK_BYTES) / PAGE_BYTES);

/** Numbers with more digits are left to the exact decoder: these are below 2^53 and divided by an exact power. */
export const DIGITS_MAX = 15;
