/** Where things lie in the memory of the fold kernel. */

/** Values that are looked at together: of as many series as fit, or a part of one. */
export const VALUES_MAX = 2 ** 14;

/** Two are looked at together: so much is read and written behind the last one. */
const SLACK_BYTES = 16;

/** The largest of all values, in two halves that come together in the end. */
export const LARGEST_AT = 0;
export const VALUES_AT = 16;
/** What was made of the values of each time, doubles. */
export const RESULTS_AT = VALUES_AT + VALUES_MAX * 8 + SLACK_BYTES;
/** How many values of each time are NaN, whole numbers of 32 bits. */
export const MISSING_AT = RESULTS_AT + VALUES_MAX * 8 + SLACK_BYTES;

const PAGE_BYTES = 64 * 1024;
export const PAGES = Math.ceil((MISSING_AT + VALUES_MAX * 4 + SLACK_BYTES) / PAGE_BYTES);
