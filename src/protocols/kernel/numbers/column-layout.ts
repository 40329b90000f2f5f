import { NUMBER_ROOM, NUMBERS_END } from './number-layout.js';

/** Where things lie in the memory of the column kernel. */

/** Values of one call. */
export const VALUES_MAX = 1_024;
/** What a value takes at most with what is around it. */
export const VALUE_BYTES_MAX = 64;

/** What goes before the last four digits of a time: `, ` and its first digits. */
export const TIME_HEAD_AT = NUMBERS_END;
export const TIME_HEAD_BYTES = 16;
export const VALUES_AT = Math.ceil((TIME_HEAD_AT + 2 * TIME_HEAD_BYTES) / 8) * 8;
export const TEXT_AT = VALUES_AT + VALUES_MAX * 8;
export const TEXT_BYTES = VALUES_MAX * VALUE_BYTES_MAX + NUMBER_ROOM;

const PAGE_BYTES = 64 * 1024;
export const PAGES = Math.ceil((TEXT_AT + TEXT_BYTES) / PAGE_BYTES);
