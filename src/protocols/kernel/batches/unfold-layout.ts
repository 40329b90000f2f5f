import { NUMBERS_MAX, UNFOLDED_BYTES_MAX } from '../../folded-batch.js';

/** Where things lie in the memory of `UnfoldKernel`. */

/** Names of one call: as many as a batch may have points. */
export const NAMES_MAX = 262_144;
/** What all names of a call may take. */
export const NAMES_BYTES = UNFOLDED_BYTES_MAX;
/** What they may take while they are folded: a message has no more. */
export const FOLDED_BYTES = 1024 * 1024;
/** Bytes that are copied together. */
export const STEP_BYTES = 16;
/** What is shared and a node are copied before it shows that there is no room for them. */
const SLACK_BYTES = 512;

export const SHARED_AT = 0;
export const STARTS_AT = SHARED_AT + NAMES_MAX;
export const ENDS_AT = STARTS_AT + NAMES_MAX * 4;
/** Where each node that has a number lies. */
export const TABLE_AT = ENDS_AT + NAMES_MAX * 4;
export const FOLDED_AT = TABLE_AT + NUMBERS_MAX * 4;
export const NAMES_AT = FOLDED_AT + FOLDED_BYTES + SLACK_BYTES;
export const NAMES_END = NAMES_AT + NAMES_BYTES;

const PAGE_BYTES = 64 * 1024;
export const PAGES = Math.ceil((NAMES_END + SLACK_BYTES) / PAGE_BYTES);
