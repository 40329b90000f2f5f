import type { NamesLayout } from '../block-input.js';

/** Where things lie in the memory of the batch kernel. */

/** Points of one call. */
export const POINTS_MAX = 2048;
/** Bytes in which the names of one call lie: what a receiver reads at a time, and more. */
export const INPUT_BYTES = 256 * 1024;
/** Names are copied so many bytes at a time, so that up to this many are read and written behind them. */
export const COPY_BYTES = 16;

export const TIMES_AT = 0;
export const VALUES_AT = TIMES_AT + POINTS_MAX * 8;
export const STARTS_AT = VALUES_AT + POINTS_MAX * 8;
export const ENDS_AT = STARTS_AT + POINTS_MAX * 4;
export const SHARDS_AT = ENDS_AT + POINTS_MAX * 4;
export const INPUT_AT = SHARDS_AT + POINTS_MAX * 2;
/** Of each shard: how many bytes its names take, with a newline behind each, and how many points it has. */
export const HEADS_AT = INPUT_AT + INPUT_BYTES + COPY_BYTES;
export const HEAD_BYTES = 8;

/** Where names come in. */
export const NAMES: NamesLayout = {
  pointsMax: POINTS_MAX,
  inputBytes: INPUT_BYTES,
  inputAt: INPUT_AT,
  startsAt: STARTS_AT,
  endsAt: ENDS_AT,
};

const PAGE_BYTES = 64 * 1024;

/** What depends on the number of shards and the size of their batches. A batch lies as times, values, names. */
export interface BatchLayout {
  readonly shardCount: number;
  readonly bytesMax: number;
  readonly pointsMax: number;
  /** Of the first batch. */
  readonly batchesAt: number;
  /** From one batch to the next. */
  readonly batchBytes: number;
  readonly pages: number;
}

/**
 * @param bytesMax of the names and columns of a batch
 * @param pointsMax of a batch
 */
export function batchLayout(shardCount: number, bytesMax: number, pointsMax: number): BatchLayout {
  const batchesAt = HEADS_AT + shardCount * HEAD_BYTES;
  const batchBytes = Math.ceil((pointsMax * 16 + bytesMax + COPY_BYTES) / 8) * 8;
  const pages = Math.ceil((batchesAt + shardCount * batchBytes) / PAGE_BYTES);
  return { shardCount, bytesMax, pointsMax, batchesAt, batchBytes, pages };
}
