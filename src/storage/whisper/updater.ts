import type { Files } from '../files.js';
import { foldResult, isSummed } from './aggregation.js';
import type { ArchiveBases } from './archive-bases.js';
import { type Batch, TIMESTAMP_MAX } from './batch.js';
import { POINT_BYTES } from './format.js';
import { intervalOf, type Layout, slotOf } from './layout.js';
import { type Fold, SlotFile } from './slot-file.js';

const INITIAL_CAPACITY = 1024;

/**
 * Puts points into a whisper file and rolls them up, with the bytes that whisper's `update_many` leaves.
 *
 * Points go to the finest archive that covers their age, and from there their roll-ups to the coarser ones. The two
 * steps can be taken apart: `write` puts points into the finest archive without a read, and `rollUp` does the rest later
 * for all windows since, in few reads and writes.
 */
export class Updater {
  readonly #bases: ArchiveBases;
  readonly #reading: SlotFile;
  readonly #writing: SlotFile;

  // The file being updated.
  #fd = -1;
  #layout!: Layout;
  #firstCell = 0;

  // The points that wait for `writeRun`: the interval of the first, where they go, how many they are.
  #runFirst = 0;
  #runPosition = 0;
  #runCount = 0;

  // Intervals of one archive, ascending: `#count` of them, those with `#isSet` with a value to be written.
  #count = 0;
  #intervals = new Float64Array(INITIAL_CAPACITY);
  #values = new Float64Array(INITIAL_CAPACITY);
  #isSet = new Uint8Array(INITIAL_CAPACITY);

  // Slots of one archive that `#reading` holds: those of the intervals from `#heldFrom` to before `#heldTo`.
  #heldFrom = 0;
  #heldTo = 0;

  /** Of the window looked at last. */
  readonly #fold: Fold = { known: 0, value: 0 };

  constructor(files: Files, bases: ArchiveBases) {
    this.#bases = bases;
    this.#reading = new SlotFile(files);
    this.#writing = new SlotFile(files);
  }

  /**
   * The file that the next calls are about.
   *
   * @param firstCell of the file's cells in the bases, which must be right
   */
  select(fd: number, layout: Layout, firstCell: number): void {
    this.#fd = fd;
    this.#layout = layout;
    this.#firstCell = firstCell;
  }

  /**
   * Writes points into the archives that cover their age, and rolls them up.
   *
   * @returns how many points are older than the file reaches, and were left out
   */
  update(batch: Batch, nowS: number): number {
    const { archives, retention } = this.#layout;
    let end = batch.count;
    for (let archive = 0; archive < archives && end > 0; archive++) {
      // An age equal to the retention still counts as covered; it lands on the slot of `now`.
      const oldest = nowS - retention[archive];
      let start = end;
      while (start > 0 && batch.timestamps[start - 1] >= oldest) start--;
      if (start < end) this.#updateArchive(archive, batch, start, end);
      end = start;
    }
    return end;
  }

  /** Writes all points into one archive, whatever their age, and rolls them up. */
  updateArchive(archive: number, batch: Batch): void {
    this.#updateArchive(archive, batch, 0, batch.count);
  }

  /** Writes points into the finest archive, which must cover their age, and leaves the roll-ups to `rollUp`. */
  write(batch: Batch): void {
    if (this.takeRun(batch.timestamps, batch.values, batch.count)) this.writeRun();
    else this.writeArchive(0, batch);
  }

  /**
   * Takes points for `writeRun`, if they are one for each of some slots of the finest archive in a row, not past the end of
   * its ring. Fractions of seconds do not matter. Returns whether they are; `true` is to be followed by `writeRun` or by nothing.
   */
  takeRun(timestamps: ArrayLike<number>, values: ArrayLike<number>, count: number): boolean {
    const { finest } = this.#layout;
    const first = intervalOf(timestamps[0], finest.step);
    const base = this.#bases.base[this.#firstCell];
    const slot = base === 0 ? 0 : slotOf(first, base, finest.step, finest.points);
    if (slot + count > finest.points) return false;
    if (!this.#writing.putRun(timestamps, values, count, first, finest.step)) return false;
    this.#runFirst = first;
    this.#runPosition = finest.offset + slot * POINT_BYTES;
    this.#runCount = count;
    return true;
  }

  /** Writes the points that `takeRun` took, to the file that was selected then. */
  writeRun(): void {
    const { base } = this.#bases;
    if (base[this.#firstCell] === 0) base[this.#firstCell] = this.#runFirst;
    this.#writing.write(this.#fd, this.#runPosition, this.#runCount);
  }

  /** Writes all points into one archive, whatever their age, and nothing into the coarser ones. */
  writeArchive(archive: number, batch: Batch): void {
    this.#align(archive, batch, 0, batch.count);
    this.#writeSlots(archive);
  }

  /**
   * What a new file begins with that has the points in its finest archive: its header and they. Undefined for points that
   * are not one for each of some slots in a row.
   */
  headWith(batch: Batch, { headerBytes, finest }: Layout): Uint8Array | undefined {
    const { timestamps, values, count } = batch;
    const first = intervalOf(timestamps[0], finest.step);
    const isBehind = finest.offset === headerBytes.length && count <= finest.points;
    if (!isBehind || !this.#writing.putRun(timestamps, values, count, first, finest.step)) {
      return undefined;
    }
    return this.#writing.behind(headerBytes, count);
  }

  /** Notes that the file selected was made with what `headWith` returned for the batch. */
  madeWith(batch: Batch): void {
    this.#bases.base[this.#firstCell] = intervalOf(batch.timestamps[0], this.#layout.finest.step);
  }

  /** Rolls up all points of the finest archive from `fromS` to `toS`. */
  rollUp(fromS: number, toS: number): void {
    this.rollUpFrom(0, fromS, toS);
  }

  /** As `rollUp`, for an archive that has a coarser one. Returns whether any window had enough values. */
  rollUpFrom(archive: number, fromS: number, toS: number): boolean {
    this.#selectWindows(archive, fromS, toS);
    return this.#propagate(archive);
  }

  /** As `rollUp`, into the second archive alone. Returns whether any window had enough values. */
  rollUpOnce(fromS: number, toS: number): boolean {
    this.#selectWindows(0, fromS, toS);
    if (!this.#toWindows(0)) return false;
    this.#writeSlots(1);
    return true;
  }

  /** The windows of the next archive that the time is in. */
  #selectWindows(archive: number, fromS: number, toS: number): void {
    const window = this.#layout.step[archive + 1];
    const from = intervalOf(fromS, window);
    this.#reserve(Math.floor((toS - from) / window) + 1);
    this.#count = 0;
    for (let start = from; start <= toS; start += window) this.#intervals[this.#count++] = start;
  }

  #updateArchive(archive: number, batch: Batch, start: number, end: number): void {
    this.#align(archive, batch, start, end);
    this.#writeSlots(archive);
    this.#propagate(archive);
  }

  /** The slots of the points; of several points in one slot the newest stays. */
  #align(archive: number, batch: Batch, start: number, end: number): void {
    this.#reserve(end - start);
    const step = this.#layout.step[archive];
    let n = 0;
    for (let i = start; i < end; i++) {
      const timestamp = batch.timestamps[i];
      const interval = intervalOf(timestamp, step);
      if (n > 0 && this.#intervals[n - 1] === interval) n--;
      this.#intervals[n] = interval;
      this.#values[n] = batch.values[i];
      this.#isSet[n] = 1;
      n++;
    }
    this.#count = n;
  }

  /** Rolls up the intervals of an archive into the next, and on until an archive gets no value. Returns whether the next got one. */
  #propagate(archive: number): boolean {
    let from = archive;
    for (; from + 1 < this.#layout.archives && this.#toWindows(from); from++) {
      this.#writeSlots(from + 1);
    }
    return from > archive;
  }

  /** Writes the intervals that have a value, one write for each contiguous run. */
  #writeSlots(archive: number): void {
    const step = this.#layout.step[archive];
    for (let start = 0, end = 0; start < this.#count; start = end) {
      end = start + 1;
      if (this.#isSet[start] === 0) continue;
      while (
        end < this.#count &&
        this.#isSet[end] === 1 &&
        this.#intervals[end] === this.#intervals[end - 1] + step
      ) {
        end++;
      }
      this.#writeRun(archive, start, end);
    }
  }

  /** Writes values `[start, end)`, contiguous in time, to the ring. Of more than a ring the newest stay. */
  #writeRun(archive: number, start: number, end: number): void {
    const points = this.#layout.points[archive];
    const offset = this.#layout.offset[archive];
    const { base } = this.#bases;
    const cell = this.#firstCell + archive;
    // The first interval ever written to an archive takes its slot 0.
    if (base[cell] === 0) base[cell] = this.#intervals[start];
    let i = Math.max(start, end - points);
    let slot = slotOf(this.#intervals[i], base[cell], this.#layout.step[archive], points);
    while (i < end) {
      const length = Math.min(end - i, points - slot, SlotFile.slotsMax);
      for (let k = 0; k < length; k++) {
        this.#writing.put(k, this.#intervals[i + k], this.#values[i + k]);
      }
      this.#writing.write(this.#fd, offset + slot * POINT_BYTES, length);
      i += length;
      slot = (slot + length) % points;
    }
  }

  /**
   * Replaces the intervals of `archive` by those of the next archive that they are in, with their roll-ups where there
   * are enough values. Returns whether there is any.
   */
  #toWindows(archive: number): boolean {
    const window = this.#layout.step[archive + 1];
    const start = intervalOf(this.#intervals[0], window);
    const inARow = this.#windowsInARow(archive, start);
    return inARow > 0
      ? this.#toSums(archive, start, inARow)
      : this.#toFolds(archive, window / this.#layout.step[archive]);
  }

  /**
   * How many windows from `start` on the intervals of `archive` are in, if that is the usual case: none is left out, and
   * they can be read and added up in one go. Else 0.
   */
  #windowsInARow(archive: number, start: number): number {
    const { methodCode, step, points } = this.#layout;
    if (!isSummed(methodCode)) return 0;
    const window = step[archive + 1];
    for (let i = 1; i < this.#count; i++) {
      if (this.#intervals[i] - this.#intervals[i - 1] > window) return 0;
    }
    const end = intervalOf(this.#intervals[this.#count - 1], window) + window;
    const slots = (end - start) / step[archive];
    const base = this.#bases.base[this.#firstCell + archive];
    const slot = slotOf(start, base, step[archive], points[archive]);
    const isOneRead = slots <= SlotFile.slotsMax && slot + slots <= points[archive];
    return isOneRead && end - 1 <= TIMESTAMP_MAX ? (end - start) / window : 0;
  }

  /** `#toWindows` for `windows` windows in a row, of methods that add up. */
  #toSums(archive: number, start: number, windows: number): boolean {
    const { step, points, offset } = this.#layout;
    const window = step[archive + 1];
    const total = window / step[archive];
    const base = this.#bases.base[this.#firstCell + archive];
    const slot = slotOf(start, base, step[archive], points[archive]);
    const position = offset[archive] + slot * POINT_BYTES;
    const { known, sums } = this.#reading.readSums(
      this.#fd,
      position,
      windows,
      total,
      start,
      step[archive],
    );
    let anyValue = false;
    for (let i = 0; i < windows; i++) {
      if (this.#setWindow(i, start + i * window, known[i], sums[i], total)) anyValue = true;
    }
    this.#count = windows;
    return anyValue;
  }

  /** `#toWindows` for any method and any windows, of `total` slots each. */
  #toFolds(archive: number, total: number): boolean {
    const { step } = this.#layout;
    const window = step[archive + 1];
    const newest = this.#intervals[this.#count - 1];
    const lastSlot = intervalOf(newest, window) + window - step[archive];
    let windows = 0;
    let anyValue = false;
    this.#heldTo = this.#heldFrom = 0;
    for (let i = 0; i < this.#count; ) {
      const start = intervalOf(this.#intervals[i], window);
      do i++;
      while (i < this.#count && this.#intervals[i] < start + window);
      this.#foldWindow(archive, start, start + window, lastSlot);
      const { known, value } = this.#fold;
      if (this.#setWindow(windows, start, known, value, total)) anyValue = true;
      windows++;
    }
    this.#count = windows;
    return anyValue;
  }

  /** Makes a window, with `known` of its `total` slots folded, interval `i`. Returns whether these are enough for a value. */
  #setWindow(i: number, start: number, known: number, folded: number, total: number): boolean {
    const { methodCode, xFilesFactor } = this.#layout;
    const isSet = known > 0 && known / total >= xFilesFactor;
    if (isSet) this.#values[i] = foldResult(methodCode, folded, known, total);
    this.#isSet[i] = isSet ? 1 : 0;
    this.#intervals[i] = start;
    return isSet;
  }

  /** Folds what the file has from `start` to before `end`. Slots up to `lastSlot` will be asked for next. */
  #foldWindow(archive: number, start: number, end: number, lastSlot: number): void {
    const { methodCode } = this.#layout;
    const step = this.#layout.step[archive];
    const fold = this.#fold;
    fold.known = 0;
    for (let interval = start; interval < end; ) {
      if (interval < this.#heldFrom || interval >= this.#heldTo) {
        this.#hold(archive, interval, lastSlot);
      }
      const until = Math.min(end, this.#heldTo);
      const slot = (interval - this.#heldFrom) / step;
      const count = (until - interval) / step;
      this.#reading.fold(methodCode, slot, count, interval, step, fold);
      interval = until;
    }
  }

  /** Reads slots of a ring from the interval `from` on, not beyond that of `to`, nor the ring's end. */
  #hold(archive: number, from: number, to: number): void {
    const step = this.#layout.step[archive];
    const points = this.#layout.points[archive];
    const base = this.#bases.base[this.#firstCell + archive];
    const slot = slotOf(from, base, step, points);
    const length = Math.min((to - from) / step + 1, points - slot, SlotFile.slotsMax);
    this.#reading.read(this.#fd, this.#layout.offset[archive] + slot * POINT_BYTES, length);
    this.#heldFrom = from;
    this.#heldTo = from + length * step;
  }

  #reserve(count: number): void {
    if (count <= this.#intervals.length) return;
    const capacity = 2 ** Math.ceil(Math.log2(count));
    this.#intervals = new Float64Array(capacity);
    this.#values = new Float64Array(capacity);
    this.#isSet = new Uint8Array(capacity);
  }
}
