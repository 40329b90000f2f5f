import type { FoldedNames } from '../../folded-batch.js';
import { instantiate } from '../wasm/module.js';
import * as at from './unfold-layout.js';
import { unfoldProgram } from './unfold-program.js';

/** Names one behind the other. Views of the kernel: good until its next call. */
export interface UnfoldedNames {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Makes names of what `BatchKernel` has folded them into, in WebAssembly (`unfold-program.ts`). */
export class UnfoldKernel {
  readonly #unfold: (count: number, end: number) => number;
  readonly #shared: Uint8Array;
  readonly #folded: Uint8Array;
  readonly #names: Uint8Array;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;

  constructor() {
    const { buffer, functions } = instantiate(unfoldProgram());
    this.#unfold = functions.unfold;
    this.#shared = new Uint8Array(buffer, at.SHARED_AT, at.NAMES_MAX);
    this.#folded = new Uint8Array(buffer, at.FOLDED_AT, at.FOLDED_BYTES);
    this.#names = new Uint8Array(buffer, at.NAMES_AT, at.NAMES_BYTES);
    this.#starts = new Uint32Array(buffer, at.STARTS_AT, at.NAMES_MAX);
    this.#ends = new Uint32Array(buffer, at.ENDS_AT, at.NAMES_MAX);
  }

  /** Undefined where no names fold into that, or they are too long. */
  unfold({ shared, names }: FoldedNames): UnfoldedNames | undefined {
    const { length: count } = shared;
    if (count > at.NAMES_MAX || names.length > at.FOLDED_BYTES) return undefined;
    this.#shared.set(shared);
    this.#folded.set(names);
    const length = this.#unfold(count, at.FOLDED_AT + names.length);
    if (length < 0) return undefined;
    return {
      bytes: this.#names.subarray(0, length),
      starts: this.#starts.subarray(0, count),
      ends: this.#ends.subarray(0, count),
    };
  }
}
