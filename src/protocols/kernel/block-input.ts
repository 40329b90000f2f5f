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

  constructor(buffer: ArrayBuffer, layout: NamesLayout) {
    this.#layout = layout;
    this.#input = new Uint8Array(buffer, layout.inputAt, layout.inputBytes);
    this.starts = new Uint32Array(buffer, layout.startsAt, layout.pointsMax);
    this.ends = new Uint32Array(buffer, layout.endsAt, layout.pointsMax);
  }

  /** Behind the last of the points, from `from` on, whose names go into the input together. */
  pieceEnd({ bytes, nameStart, nameEnd, count }: PointBlock, from: number): number {
    const { pointsMax, inputBytes } = this.#layout;
    const end = Math.min(count, from + pointsMax);
    if (bytes.length <= inputBytes) return end;
    let first = nameStart[from];
    let last = first;
    for (let i = from; i < end; i++) {
      first = Math.min(first, nameStart[i]);
      last = Math.max(last, nameEnd[i]);
      if (last - first > inputBytes) return Math.max(i, from + 1);
    }
    return end;
  }

  /**
   * Copies the names of the points `[from, to)`, and where they lie. Returns what is to be added to that for their
   * addresses. A single name that is longer than the input is not copied.
   */
  load(block: PointBlock, from: number, to: number): number {
    const { bytes, nameStart, nameEnd } = block;
    const { inputAt, inputBytes } = this.#layout;
    let first = 0;
    let last = bytes.length;
    if (last > inputBytes) {
      first = nameStart[from];
      last = first;
      for (let i = from; i < to; i++) {
        first = Math.min(first, nameStart[i]);
        last = Math.max(last, nameEnd[i]);
      }
    }
    if (last - first <= inputBytes) this.#input.set(bytes.subarray(first, last));
    this.loadColumns(block, from, to);
    return inputAt - first;
  }

  /** Copies only where the names of the points `[from, to)` lie. */
  loadColumns({ nameStart, nameEnd }: PointBlock, from: number, to: number): void {
    this.starts.set(nameStart.subarray(from, to));
    this.ends.set(nameEnd.subarray(from, to));
  }
}
