/** Where things lie in the memory of `UnfoldKernel`. */

/** Names of one call: as many as a batch may have points. */
export const NAMES_MAX = 262_144;
/** What all names of a call may take; a message has less. */
export const NAMES_BYTES = 4 * 1024 * 1024;
/** What is left of them without what they share. */
export const SUFFIXES_BYTES = 1024 * 1024;
/** Bytes that are looked at together: so many behind names and suffixes are read and written as well. */
export const STEP_BYTES = 16;

export const SHARED_AT = 0;
export const STARTS_AT = SHARED_AT + NAMES_MAX;
export const ENDS_AT = STARTS_AT + NAMES_MAX * 4;
export const SUFFIXES_AT = ENDS_AT + NAMES_MAX * 4;
export const NAMES_AT = SUFFIXES_AT + SUFFIXES_BYTES + 2 * STEP_BYTES;
export const NAMES_END = NAMES_AT + NAMES_BYTES;

const PAGE_BYTES = 64 * 1024;
export const PAGES = Math.ceil((NAMES_END + 2 * STEP_BYTES) / PAGE_BYTES);
