import { NODE_BYTES_MAX } from '../../folded-batch.js';
import { NAME_BYTES_MAX } from '../hashes/known-layout.js';
import { SLOT_BYTES } from './name-dictionary-layout.js';

/** Where names that are known are kept as lists of nodes (`name-nodes-program.ts`), from a beginning on. */

/** Of a node: which number it has in which batch, and where it lies. */
export const NODE_BYTES = 8;
export const [MARK, ADDRESS] = [0, 4] as const;
/** What a node takes besides, behind the byte that says how long it is, and what a list does. */
const TEXT_BYTES = 24;
const LIST_BYTES = 16;
/**
 * A list begins with how many nodes the name has, and from the third byte on with how many bytes. For each node follow its index and,
 * in the lowest byte, what is written in front of it.
 */
export const LIST_HEAD_BYTES = 4;
export const ITEM_BYTES = 4;
/** Names are cut in a place with a newline behind it, so far at least from what is used otherwise. */
const SLACK_BYTES = 64;
/** A name adds at most so many nodes. */
const NAME_NODES_MAX = NAME_BYTES_MAX / 2;

/** Words of the state, each by its offset. */
export const [FOLDED_END, NUMBERS, NODES, TEXT_END, LISTS_END] = [0, 4, 8, 12, 16] as const;
const STATE_BYTES = 32;

export interface NameNodesLayout {
  /**
   * While a batch is folded: where its names go on, and how many nodes have numbers. Of the nodes: how many there are, where the
   * next one is to lie, and where the next list is.
   */
  readonly stateAt: number;
  /** A list that has nothing in common with others. */
  readonly noListAt: number;
  /** Where a name is put to be cut. */
  readonly nameAt: number;
  readonly nodesAt: number;
  readonly textAt: number;
  readonly listsAt: number;
  /** The table of nodes, whose bytes are two to the power of `tableBits`; it has two slots for each node. */
  readonly tableAt: number;
  readonly tableBits: number;
  readonly end: number;
  /** A name is taken while there are fewer nodes, and no more text and lists, than that. */
  readonly nodesMax: number;
  readonly textEndMax: number;
  readonly listsEndMax: number;
}

/**
 * @param from a multiple of 16
 * @param namesMax a power of two; there is room for as many nodes: some are in many names, and most names have one of their own
 */
export function nameNodesLayout(from: number, namesMax: number): NameNodesLayout {
  const noListAt = from + STATE_BYTES;
  const nameAt = noListAt + 16;
  const nodesAt = nameAt + NAME_BYTES_MAX + NODE_BYTES_MAX + SLACK_BYTES + 1;
  const textAt = nodesAt + namesMax * NODE_BYTES;
  const listsAt = textAt + namesMax * TEXT_BYTES;
  const tableBits = Math.log2(2 * SLOT_BYTES * namesMax);
  const tableAt = listsAt + namesMax * LIST_BYTES;
  return {
    ...{ stateAt: from, noListAt, nameAt, nodesAt, textAt, listsAt, tableAt },
    tableBits,
    end: tableAt + 2 ** tableBits,
    nodesMax: namesMax - NAME_NODES_MAX,
    textEndMax: listsAt - NAME_BYTES_MAX - NAME_NODES_MAX - SLACK_BYTES,
    listsEndMax: tableAt - LIST_HEAD_BYTES - NAME_NODES_MAX * ITEM_BYTES,
  };
}
