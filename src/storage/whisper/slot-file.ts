import { CarbonbusError } from '../../errors.js';
import { SLOTS_MAX, type SlotKernel, slotKernel } from '../../protocols/kernel/slot-kernel.js';
import type { Files } from '../files.js';
import { foldFirst, foldNext, isSummed } from './aggregation.js';
import { POINT_BYTES } from './format.js';

const BUFFER_SLOTS = SLOTS_MAX;

/** What is known of a window: how many of its slots have a value, and the fold of these. */
export interface Fold {
  known: number;
  value: number;
}

/**
 * Slots of whisper files, by file descriptor and byte position, through one buffer that is used again and
 * again. What was read lies in the buffer until the next read.
 */
export class SlotFile {
  /** Slots that one read or write takes. */
  static readonly slotsMax: number = BUFFER_SLOTS;
  readonly #files: Files;
  readonly #bytes = new Uint8Array(BUFFER_SLOTS * POINT_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);

  constructor(files: Files) {
    this.#files = files;
  }

  /** Puts a point into the buffer, as slot `i` of the next write. */
  put(i: number, interval: number, value: number): void {
    this.#view.setUint32(i * POINT_BYTES, interval);
    this.#view.setFloat64(i * POINT_BYTES + 4, value);
  }

  /**
   * Puts points into the buffer, from slot 0 on, if they are one for each of the slots from the interval `first` on.
   *
   * @returns whether they are; if not, what is in the buffer is of no use
   */
  putRun(
    timestamps: ArrayLike<number>,
    values: ArrayLike<number>,
    count: number,
    first: number,
    step: number,
  ): boolean {
    if (count > BUFFER_SLOTS) return false;
    const view = this.#view;
    for (let i = 0, at = 0, interval = first; i < count; i++, at += POINT_BYTES, interval += step) {
      const past = timestamps[i] - interval;
      if (!(past >= 0 && past < step)) return false;
      view.setUint32(at, interval);
      view.setFloat64(at + 4, values[i]);
    }
    return true;
  }

  /** The first `count` slots of the buffer behind `head`, in new bytes. */
  behind(head: Uint8Array, count: number): Uint8Array {
    const bytes = new Uint8Array(head.length + count * POINT_BYTES);
    bytes.set(head);
    bytes.set(this.#bytes.subarray(0, count * POINT_BYTES), head.length);
    return bytes;
  }

  /** Writes the first `count` slots of the buffer at `position`. */
  write(fd: number, position: number, count: number): void {
    this.#files.write(fd, this.#bytes, 0, count * POINT_BYTES, position);
  }

  /** Reads `count` slots at `position`. A file that ends before them throws `CORRUPT_FILE`. */
  read(fd: number, position: number, count: number): void {
    this.#readInto(this.#bytes, fd, position, count);
  }

  /**
   * Reads the values of `count` slots at `position` into `into`, from `at` on: of those whose timestamps are `timeS`,
   * `timeS + stepS` and so on; NaN for the others. The buffer stays as it is. Errors: as those of `read`.
   */
  readValues(
    fd: number,
    position: number,
    count: number,
    timeS: number,
    stepS: number,
    into: Float64Array,
    at: number,
  ): void {
    const kernel = slotKernel();
    this.#readInto(kernel.slots, fd, position, count);
    into.set(kernel.values(count, timeS, stepS), at);
  }

  /**
   * Reads `windows` windows of `slots` slots each at `position`; how many of those with the timestamps `timeS`, `timeS + stepS` and so on
   * each has, and the sum of their values, is in what this returns, until anybody's next call. The buffer stays as it is. Errors: as
   * those of `read`.
   */
  readSums(
    fd: number,
    position: number,
    windows: number,
    slots: number,
    timeS: number,
    stepS: number,
  ): Pick<SlotKernel, 'known' | 'sums'> {
    const kernel = slotKernel();
    this.#readInto(kernel.slots, fd, position, windows * slots);
    kernel.sumUp(windows, slots, timeS, stepS);
    return kernel;
  }

  #readInto(bytes: Uint8Array, fd: number, position: number, count: number): void {
    const length = count * POINT_BYTES;
    if (this.#files.read(fd, bytes, 0, length, position) < length) {
      throw new CarbonbusError('CORRUPT_FILE', `the file ends before byte ${position + length}`);
    }
  }

  timestamp(i: number): number {
    return this.#view.getUint32(i * POINT_BYTES);
  }

  value(i: number): number {
    return this.#view.getFloat64(i * POINT_BYTES + 4);
  }

  /** Folds the values of `count` slots from `i` on, of those whose timestamps are `timeS`, `timeS + stepS` and so on. */
  fold(code: number, i: number, count: number, timeS: number, stepS: number, into: Fold): void {
    const at = i * POINT_BYTES;
    const end = at + count * POINT_BYTES;
    if (isSummed(code)) this.#sum(at, end, timeS, stepS, into);
    else this.#foldEach(code, at, end, timeS, stepS, into);
  }

  #sum(at: number, end: number, timeS: number, stepS: number, into: Fold): void {
    const view = this.#view;
    let known = into.known;
    let sum = known === 0 ? 0 : into.value;
    for (let byte = at, time = timeS; byte < end; byte += POINT_BYTES, time += stepS) {
      if (view.getUint32(byte) !== time) continue;
      sum += view.getFloat64(byte + 4);
      known++;
    }
    into.known = known;
    into.value = sum;
  }

  #foldEach(code: number, at: number, end: number, timeS: number, stepS: number, into: Fold): void {
    const view = this.#view;
    let { known, value: folded } = into;
    for (let byte = at, time = timeS; byte < end; byte += POINT_BYTES, time += stepS) {
      if (view.getUint32(byte) !== time) continue;
      const value = view.getFloat64(byte + 4);
      folded = known === 0 ? foldFirst(code, value) : foldNext(code, folded, value);
      known++;
    }
    into.known = known;
    into.value = folded;
  }

  /**
   * Copies the values of the first `count` slots of the buffer whose timestamps are `timeS`, `timeS + stepS` and so on; NaN for the
   * others, of which nobody asks. `known` gets a 1 for each that is copied.
   */
  copyValues(
    count: number,
    timeS: number,
    stepS: number,
    into: Float64Array,
    at: number,
    known: Uint8Array,
  ): void {
    const view = this.#view;
    for (let i = 0, byte = 0, time = timeS; i < count; i++, byte += POINT_BYTES, time += stepS) {
      const isAsked = view.getUint32(byte) === time;
      into[at + i] = isAsked ? view.getFloat64(byte + 4) : Number.NaN;
      if (isAsked) known[at + i] = 1;
    }
  }

  /** One of the three 32-bit words of a slot: its timestamp, and the halves of its value. */
  word(i: number, word: number): number {
    return this.#view.getUint32(i * POINT_BYTES + word * 4);
  }
}
