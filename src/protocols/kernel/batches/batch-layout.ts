import { NODE_BYTES_MAX, UNFOLDED_BYTES_MAX } from '../../folded-batch.js';
import type { NamesLayout } from '../block-input.js';
import { type KnownLayout, knownLayout } from '../hashes/known-layout.js';
import { DICTIONARY_BYTES } from './name-dictionary-layout.js';
import { type NameNodesLayout, nameNodesLayout } from './name-nodes-layout.js';

/** Where things lie in the memory of the batch kernel. */

/** Points of one call. */
export const POINTS_MAX = 2048;
/** Bytes in which the names of one call lie: what a receiver reads at a time, and more. */
export const INPUT_BYTES = 256 * 1024;
/** Names are looked at so many bytes at a time, */
export const STEP_BYTES = 16;
/** and copied so many, so that up to this many are read and written behind them. */
export const COPY_BYTES = 3 * STEP_BYTES;

export const TIMES_AT = 0;
export const VALUES_AT = TIMES_AT + POINTS_MAX * 8;
export const STARTS_AT = VALUES_AT + POINTS_MAX * 8;
export const ENDS_AT = STARTS_AT + POINTS_MAX * 4;
export const SHARDS_AT = ENDS_AT + POINTS_MAX * 4;
/** The lists of nodes that names are known by, 0 for those that are not. */
export const LISTS_AT = SHARDS_AT + POINTS_MAX * 2;
/** The shards of names that were not known, in their order. */
export const CHOSEN_AT = LISTS_AT + POINTS_MAX * 4;
export const INPUT_AT = CHOSEN_AT + POINTS_MAX * 2;
/**
 * Of each shard: how many bytes the names take that are not known, with a newline behind each; how many points it has; how many bytes
 * all its names take; how many its batch takes at most.
 */
export const HEADS_AT = INPUT_AT + INPUT_BYTES + COPY_BYTES;
export const HEAD_BYTES = 16;
export const [PLAIN_BYTES, COUNT, NAME_BYTES, FOLDED_BYTES] = [0, 4, 8, 12] as const;

/** Where names come in. */
export const NAMES: NamesLayout = {
  pointsMax: POINTS_MAX,
  inputBytes: INPUT_BYTES,
  inputAt: INPUT_AT,
  startsAt: STARTS_AT,
  endsAt: ENDS_AT,
};

const KNOWN_COLUMNS = {
  startsAt: STARTS_AT,
  endsAt: ENDS_AT,
  hashedAt: CHOSEN_AT,
  positionsAt: SHARDS_AT,
  referencesAt: LISTS_AT,
};

const PAGE_BYTES = 64 * 1024;

/** Numbers are looked at two at a time, so that up to so many bytes are read and written behind the last one. */
const PAIR_BYTES = 16;

/** Names of a batch as a whole: readers have room for so much. */
export const NAME_BYTES_MAX = UNFOLDED_BYTES_MAX;

/** What depends on the number of shards and the size of their batches. */
export interface BatchLayout {
  readonly shardCount: number;
  /** Of the names and columns of a batch. */
  readonly bytesMax: number;
  readonly pointsMax: number;
  readonly nameBytesMax: number;
  /** Of the batch that is sealed: its earliest time, columns of narrower numbers, and its names, folded. */
  readonly fromAt: number;
  readonly narrowTimesAt: number;
  readonly narrowValuesAt: number;
  readonly foldedAt: number;
  /** What is used for folding them. */
  readonly dictionaryAt: number;
  /** Names that are known, and their nodes. */
  readonly known: KnownLayout;
  readonly nodes: NameNodesLayout;
  /** Of the first batch. */
  readonly batchesAt: number;
  /** From one batch to the next. */
  readonly batchBytes: number;
  /** In a batch lie its times, values, lists of nodes, how much each name shares, and names that are not known. */
  readonly valuesAt: number;
  readonly listsAt: number;
  readonly sharedAt: number;
  readonly plainAt: number;
  readonly pages: number;
}

const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/** What a layout is made for. */
export type BatchLimits = Pick<
  BatchLayout,
  'shardCount' | 'bytesMax' | 'pointsMax' | 'nameBytesMax'
> & {
  /** Names that are known. */
  readonly namesMax: number;
};

export function batchLayout(limits: BatchLimits): BatchLayout {
  const { shardCount, bytesMax, pointsMax, nameBytesMax, namesMax } = limits;
  const fromAt = aligned(HEADS_AT + shardCount * HEAD_BYTES);
  const narrowTimesAt = fromAt + 8;
  const narrowValuesAt = aligned(narrowTimesAt + pointsMax * 4 + PAIR_BYTES);
  const foldedAt = aligned(narrowValuesAt + pointsMax * 4 + PAIR_BYTES);
  const dictionaryAt = aligned(foldedAt + bytesMax + NODE_BYTES_MAX + COPY_BYTES);
  const known = knownLayout(KNOWN_COLUMNS, aligned(dictionaryAt + DICTIONARY_BYTES), {
    ...{ pointsMax: POINTS_MAX, namesMax, nameBytesMax },
  });
  const nodes = nameNodesLayout(aligned(known.end), namesMax);
  const batchesAt = aligned(nodes.end);
  const valuesAt = pointsMax * 8 + PAIR_BYTES;
  const listsAt = valuesAt + pointsMax * 8 + PAIR_BYTES;
  const sharedAt = listsAt + pointsMax * 4;
  const plainAt = sharedAt + pointsMax;
  const batchBytes = aligned(plainAt + bytesMax + 1 + COPY_BYTES);
  const pages = Math.ceil((batchesAt + shardCount * batchBytes) / PAGE_BYTES);
  return {
    ...{ shardCount, bytesMax, pointsMax, nameBytesMax, fromAt, narrowTimesAt, narrowValuesAt },
    ...{ foldedAt, dictionaryAt, known, nodes, batchesAt, batchBytes, pages },
    ...{ valuesAt, listsAt, sharedAt, plainAt },
  };
}
