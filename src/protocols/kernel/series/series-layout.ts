/*
 * The memory of the kernel that packs series, and what it and its program have to agree on.
 */

/** Points of one call at most. */
export const POINTS_MAX = 2 ** 14;
/** Four points are done at a time: so much is read and written behind the last one. */
const SLACK_BYTES = 64;

/** Forms of runs: doubles as they are, floats of 32 bits, and from `WHOLE` on three of each unit, of whole numbers. */
export const DOUBLES = 0;
export const FLOATS = 1;
export const WHOLE = 2;
/** Bytes of a whole number, in the order of the forms of a unit. */
export const WIDTHS = [1, 2, 4] as const;
/** Before the whole numbers of a run stands what the least of them counts from. */
export const BASE_BYTES = 8;

/**
 * What values are multiplied by to be whole: nothing, what sizes in bytes are that are whole KiB, halves to eighths, and one to four digits
 * behind the point. In ascending order: the first that fits makes the smallest numbers.
 */
export const UNITS = [1 / 1_024, 1, 8, 10, 100, 1_000, 10_000];

export const UNITS_AT = 0;
export const LEAST_AT = UNITS_AT + UNITS.length * 8;
export const FORMS_AT = LEAST_AT + 8;
export const POINTS_AT = FORMS_AT + POINTS_MAX;
export const BYTES_AT = POINTS_AT + POINTS_MAX * 8 + SLACK_BYTES;
export const BYTES_MAX = POINTS_MAX * 8;
export const PAGES = Math.ceil((BYTES_AT + BYTES_MAX + SLACK_BYTES) / (64 * 1024));
