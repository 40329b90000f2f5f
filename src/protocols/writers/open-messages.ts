import type { PointBlock } from '../points.js';

/** A message to a carbon daemon that is being filled. */
export interface OpenMessage {
  /** Points in it. */
  readonly points: number;
  /** The message as bytes to send, in `room`, which has `MESSAGE_BYTES`; it is empty afterwards. */
  seal(room: Uint8Array): Uint8Array;
  /** Forgets what is in it. */
  clear(): void;
}

/** Who sends a message when it is full. */
export interface MessageTaker {
  /** There is no more room in the message: it has to be sealed now. */
  flush(): void;
  /** The protocol cannot say the name of a point, which was left out. */
  unsendable(): void;
}

/** Stands for no message in a column of them. */
export const NO_MESSAGE = 0xffff;

/** The open messages of all daemons, in one of Carbon's protocols. */
export interface OpenMessages {
  readonly messages: readonly OpenMessage[];
  /**
   * Appends each point of a block to up to `copies` messages: entries of `into`, in the order of the points, are indexes
   * into `messages` and `takers`, or `NO_MESSAGE`.
   */
  append(
    block: PointBlock,
    into: Uint16Array,
    copies: number,
    takers: readonly (MessageTaker | undefined)[],
  ): void;
}

/** What a message has at most: several times what a point can take. */
export const MESSAGE_BYTES = 64 * 1024;
