import type { PointBlock } from '../points.js';

/** Where in the memory of a kernel the names of some points go. */
export interface NamesLayout {
  readonly pointsMax: number;
  readonly inputBytes: number;
  readonly inputAt: number;
  readonly startsAt: number;
  readonly endsAt: number;
}

/** Brings a block into the memory of a kernel, in pieces that fit into it. */
export class BlockInput {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly #layout: NamesLayout;
  readonly #input: Uint8Array;
  /** Where the names of the piece lie in the bytes of their block. */
  #first = 0;
  #last = 0;

  constructor(buffer: ArrayBuffer, layout: NamesLayout) {
    this.#layout = layout;
    this.#input = new Uint8Array(buffer, layout.inputAt, layout.inputBytes);
    this.starts = new Uint32Array(buffer, layout.startsAt, layout.pointsMax);
    this.ends = new Uint32Array(buffer, layout.endsAt, layout.pointsMax);
  }

  /** What is to be added to where a name of the piece lies for its address. */
  get delta(): number {
    return this.#layout.inputAt - this.#first;
  }

  /** What the names of the piece take, with what lies between them: none of them is longer. */
  get nameBytes(): number {
    return this.#last - this.#first;
  }

  /**
   * Copies the names of the points from `from` on, and where they lie: as many as fit, and none from `to` on. Returns where the
   * piece ends. A single name that is longer than the input is a piece, and is not copied.
   */
  load(block: PointBlock, from: number, to: number): number {
    const { pointsMax, inputBytes } = this.#layout;
    const end = this.#measure(block, from, Math.min(to, from + pointsMax));
    if (this.nameBytes <= inputBytes)
      this.#input.set(block.bytes.subarray(this.#first, this.#last));
    this.loadColumns(block, from, end);
    return end;
  }

  /** Copies only where the names of the points `[from, to)` lie. */
  loadColumns({ nameStart, nameEnd }: PointBlock, from: number, to: number): void {
    this.starts.set(nameStart.subarray(from, to));
    this.ends.set(nameEnd.subarray(from, to));
  }

  /** Finds where the names lie that go into the input together. Returns the point behind the last of them. */
  #measure({ bytes, nameStart, nameEnd, count }: PointBlock, from: number, to: number): number {
    const { inputBytes } = this.#layout;
    const isWhole = to - from === count && bytes.length <= inputBytes;
    let first = isWhole ? 0 : nameStart[from];
    let last = isWhole ? bytes.length : nameEnd[from];
    let end = isWhole ? to : from + 1;
    for (; end < to; end++) {
      const nextFirst = Math.min(first, nameStart[end]);
      const nextLast = Math.max(last, nameEnd[end]);
      if (nextLast - nextFirst > inputBytes) break;
      first = nextFirst;
      last = nextLast;
    }
    this.#first = first;
    this.#last = last;
    return end;
  }
}
