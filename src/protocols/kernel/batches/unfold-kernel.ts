import type { FoldedColumns } from '../../folded-batch.js';
import { instantiate } from '../wasm/module.js';
import * as at from './unfold-layout.js';
import { unfoldProgram } from './unfold-program.js';

/** Names without what each has in common with the one before it. */
export type FoldedNames = Pick<FoldedColumns, 'shared' | 'suffixes'>;

/** Names one behind the other. Views of the kernel: good until its next call. */
export interface UnfoldedNames {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/**
 * Puts back what each name has in common with the one before it, in WebAssembly (`unfold-program.ts`). `BatchKernel` has left
 * it out.
 */
export class UnfoldKernel {
  readonly #unfold: (count: number, end: number) => number;
  readonly #shared: Uint8Array;
  readonly #suffixes: Uint8Array;
  readonly #names: Uint8Array;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;

  constructor() {
    const { buffer, functions } = instantiate(unfoldProgram());
    this.#unfold = functions.unfold;
    this.#shared = new Uint8Array(buffer, at.SHARED_AT, at.NAMES_MAX);
    this.#suffixes = new Uint8Array(buffer, at.SUFFIXES_AT, at.SUFFIXES_BYTES);
    this.#names = new Uint8Array(buffer, at.NAMES_AT, at.NAMES_BYTES);
    this.#starts = new Uint32Array(buffer, at.STARTS_AT, at.NAMES_MAX);
    this.#ends = new Uint32Array(buffer, at.ENDS_AT, at.NAMES_MAX);
  }

  /** Undefined where no names fold into that, one of them is empty, or they are too long. */
  unfold({ shared, suffixes }: FoldedNames): UnfoldedNames | undefined {
    const { length: count } = shared;
    if (count > at.NAMES_MAX || suffixes.length > at.SUFFIXES_BYTES) return undefined;
    this.#shared.set(shared);
    this.#suffixes.set(suffixes);
    const length = this.#unfold(count, at.SUFFIXES_AT + suffixes.length);
    if (length < 0) return undefined;
    return {
      bytes: this.#names.subarray(0, length),
      starts: this.#starts.subarray(0, count),
      ends: this.#ends.subarray(0, count),
    };
  }
}
