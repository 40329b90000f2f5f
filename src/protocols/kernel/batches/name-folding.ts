import type { Functions } from '../wasm/module.js';
import type { BatchLayout } from './batch-layout.js';
import { MASKS_OFFSET, NUMBER_BITS, prepareDictionary } from './name-dictionary-layout.js';
import {
  FOLDED_END,
  LISTS_END,
  MARK,
  NODE_BYTES,
  NODES,
  NUMBERS,
  TEXT_END,
} from './name-nodes-layout.js';

const GENERATIONS = 2 ** (32 - NUMBER_BITS);

/** The nodes of the names that a batch kernel knows, and the numbers that these have in the batch that is folded. */
export class NameFolding {
  readonly #layout: BatchLayout;
  readonly #words: Uint32Array;
  readonly #foldKnown: (batch: number, from: number, count: number, generation: number) => number;
  readonly #foldNames: (at: number, names: number) => number;
  /** Which batch since all numbers were forgotten. */
  #generation = 0;

  constructor(buffer: ArrayBuffer, functions: Functions, layout: BatchLayout) {
    this.#layout = layout;
    this.#words = new Uint32Array(buffer);
    this.#foldKnown = functions.foldKnown;
    this.#foldNames = functions.foldNames;
    prepareDictionary(buffer, layout.dictionaryAt);
    this.#begin();
  }

  /** Whether the nodes and lists of the next name may have no room. */
  get isFull(): boolean {
    const { nodesMax, textEndMax, listsEndMax } = this.#layout.nodes;
    const has = (field: number): number => this.#words[this.#wordAt(field)];
    return has(NODES) >= nodesMax || has(TEXT_END) > textEndMax || has(LISTS_END) > listsEndMax;
  }

  /** Folds the names of the batch at an address, which has so many points. Returns how many bytes they take. */
  fold(batchAt: number, count: number): number {
    const { foldedAt, listsAt, plainAt } = this.#layout;
    const words = this.#words;
    this.#beginBatch();
    const lists = (batchAt + listsAt) / 4;
    let plain = batchAt + plainAt;
    for (let i = 0; i < count; ) {
      i = this.#foldKnown(batchAt, i, count, this.#generation * 2 ** NUMBER_BITS);
      let unknown = 0;
      while (i < count && words[lists + i] === 0) {
        unknown++;
        i++;
      }
      if (unknown > 0) plain = this.#foldNames(plain, unknown);
    }
    return words[this.#wordAt(FOLDED_END)] - foldedAt;
  }

  /** Forgets all nodes and lists. No batch may be open that has some. */
  forget(): void {
    const { tableAt, end } = this.#layout.nodes;
    this.#words.fill(0, tableAt / 4, end / 4);
    this.#begin();
  }

  #begin(): void {
    const { textAt, listsAt } = this.#layout.nodes;
    this.#words[this.#wordAt(NODES)] = 0;
    this.#words[this.#wordAt(TEXT_END)] = textAt;
    this.#words[this.#wordAt(LISTS_END)] = listsAt;
  }

  #beginBatch(): void {
    const { foldedAt, dictionaryAt } = this.#layout;
    this.#words[this.#wordAt(FOLDED_END)] = foldedAt;
    this.#words[this.#wordAt(NUMBERS)] = 0;
    this.#words.fill(0, dictionaryAt / 4, (dictionaryAt + MASKS_OFFSET) / 4);
    if (++this.#generation === GENERATIONS) this.#forgetNumbers();
  }

  #forgetNumbers(): void {
    const nodes = this.#words[this.#wordAt(NODES)];
    const { nodesAt } = this.#layout.nodes;
    for (let i = 0; i < nodes; i++) this.#words[(nodesAt + i * NODE_BYTES + MARK) / 4] = 0;
    this.#generation = 1;
  }

  #wordAt(field: number): number {
    return (this.#layout.nodes.stateAt + field) / 4;
  }
}
