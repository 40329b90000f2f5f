import type { TallyMessage } from './audit-messages.js';

/** Messages of a log that are counted together. */
export const TALLY_BLOCK_MESSAGES = 64;
/** Blocks that are remembered, the newest ones. */
const BLOCKS = 128;

/**
 * Points of one log by the sequences that brought them, as one process counts them. What the relays have put into a
 * block of sequences, each replica has to have taken out of it: this can be compared at any time, whoever was
 * started again in between.
 */
export class SequenceTally {
  readonly #points = new Float64Array(BLOCKS);
  /** The first sequence that is counted; blocks that begin before it are not complete. */
  #since = 1;
  #newest = -1;

  /** Forgets everything: the log is read from `sequence` on, or is another one. */
  restart(sequence: number): void {
    this.#points.fill(0);
    this.#since = sequence;
    this.#newest = blockOf(sequence) - 1;
  }

  add(sequence: number, points: number): void {
    const block = blockOf(sequence);
    const first = Math.max(this.#newest + 1, block - BLOCKS + 1);
    for (let fresh = first; fresh <= block; fresh++) this.#points[fresh % BLOCKS] = 0;
    this.#newest = Math.max(this.#newest, block);
    if (block > this.#newest - BLOCKS) this.#points[block % BLOCKS] += points;
  }

  message(): TallyMessage {
    const first = Math.max(blockOf(this.#since), this.#newest - BLOCKS + 1);
    const count = Math.max(0, this.#newest - first + 1);
    return {
      since: this.#since,
      firstBlock: first,
      points: Array.from({ length: count }, (_, i) => this.#points[(first + i) % BLOCKS]),
    };
  }
}

/** The block of a sequence: 0 begins with sequence 1. */
function blockOf(sequence: number): number {
  return Math.floor((sequence - 1) / TALLY_BLOCK_MESSAGES);
}

/** The points of the blocks that somebody who has come to `applied` has counted to their ends, by block. */
export function completeBlocks(
  { since, firstBlock, points }: TallyMessage,
  applied: number,
): Map<number, number> {
  const complete = new Map<number, number>();
  points.forEach((count, i) => {
    const block = firstBlock + i;
    const first = block * TALLY_BLOCK_MESSAGES + 1;
    if (first >= since && applied >= first + TALLY_BLOCK_MESSAGES - 1) complete.set(block, count);
  });
  return complete;
}

/** The points of every block that was begun, by block. */
export function begunBlocks({ firstBlock, points }: TallyMessage): Map<number, number> {
  return new Map(points.map((count, i) => [firstBlock + i, count]));
}
