import type { NamesLayout } from '../block-input.js';
import { NUMBERS_END } from '../numbers/number-layout.js';

/** Where things lie in the memory of the text kernel. */

/** Points of one call. */
export const POINTS_MAX = 2048;
/** Bytes in which the names of one call lie. */
export const INPUT_BYTES = 256 * 1024;
/** Texts are copied so many bytes at a time, so that up to this many are read and written behind them. */
export const COPY_BYTES = 16;
/** What value and time take behind a name at most, with what is written behind them. */
export const TAIL_BYTES_MAX = 64;

/** The last time that was written, as a double, and as ` <seconds>\n` with the length behind it. */
export const TIME_AT = Math.ceil(NUMBERS_END / 8) * 8;
export const TIME_TEXT_AT = TIME_AT + 8;
export const TIME_LENGTH_AT = TIME_TEXT_AT + 2 * COPY_BYTES;

export const TIMES_AT = TIME_LENGTH_AT + 8;
export const VALUES_AT = TIMES_AT + POINTS_MAX * 8;
export const STARTS_AT = VALUES_AT + POINTS_MAX * 8;
export const ENDS_AT = STARTS_AT + POINTS_MAX * 4;
/** Where the line of each point begins; the one behind the last is where that one ends. */
export const LINES_AT = ENDS_AT + POINTS_MAX * 4;
export const INPUT_AT = LINES_AT + (POINTS_MAX + 4) * 4;
export const TEXT_AT = INPUT_AT + INPUT_BYTES + COPY_BYTES;
export const TEXT_BYTES = 256 * 1024;
/** Of each message: its bytes and its points. */
export const HEADS_AT = TEXT_AT + TEXT_BYTES + COPY_BYTES;
export const HEAD_BYTES = 8;
/** Entries of 16 bits of one call: the messages of each point. */
export const CHOSEN_MAX = 65_536;

const PAGE_BYTES = 64 * 1024;

/** Where names come in. */
export const NAMES: NamesLayout = {
  pointsMax: POINTS_MAX,
  inputBytes: INPUT_BYTES,
  inputAt: INPUT_AT,
  startsAt: STARTS_AT,
  endsAt: ENDS_AT,
};

/** What depends on the number of messages and their size. */
export interface TextLayout {
  readonly messageBytes: number;
  readonly chosenAt: number;
  readonly messagesAt: number;
  /** From one message to the next. */
  readonly stride: number;
  readonly pages: number;
}

export function textLayout(messages: number, messageBytes: number): TextLayout {
  const chosenAt = HEADS_AT + messages * HEAD_BYTES;
  const messagesAt = chosenAt + CHOSEN_MAX * 2;
  const stride = messageBytes + COPY_BYTES;
  const pages = Math.ceil((messagesAt + messages * stride) / PAGE_BYTES);
  return { messageBytes, chosenAt, messagesAt, stride, pages };
}
