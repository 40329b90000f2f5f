import type { Files } from '../files.js';
import { foldFirst, foldNext, foldResult } from './aggregation.js';
import type { ArchiveStates } from './archive-states.js';
import type { Batch } from './batch.js';
import { POINT_BYTES } from './format.js';
import { type Layout, slotOf } from './layout.js';
import { SlotFile } from './slot-file.js';

/** Slots read at once when the window of a file is not known: about one page of the file. */
const LOOK_AHEAD_SLOTS = 340;

/** A slot that only needs its window rolled up again. */
const UNTOUCHED = 0;
const TO_WRITE = 1;
/** The file holds this very point already. */
const WRITTEN = 2;

const INITIAL_CAPACITY = 1024;

/**
 * Puts points into whisper files and rolls them up: whisper's `update_many`, byte by byte, without its reads.
 *
 * Points go to the finest archive that covers their age, and from there their roll-ups to the coarser ones. What
 * whisper reads back from the file for each roll-up is kept in `ArchiveStates` instead, for the newest window of each
 * archive; for any other window (points out of order, the first touch of a file) the file is read.
 */
export class Updater {
  readonly #slots: SlotFile;
  readonly #states: ArchiveStates;

  // The file being updated.
  #fd = -1;
  #layout!: Layout;
  #firstCell = 0;
  #nowS = 0;

  // The slots being put into one archive: `#count` of them, ascending.
  #count = 0;
  #intervals = new Float64Array(INITIAL_CAPACITY);
  #values = new Float64Array(INITIAL_CAPACITY);
  #marks = new Uint8Array(INITIAL_CAPACITY);

  // The window looked at last: how many of its slots are known, and their fold.
  #windowKnown = 0;
  #windowFolded = 0;

  constructor(files: Files, states: ArchiveStates) {
    this.#slots = new SlotFile(files);
    this.#states = states;
  }

  /**
   * Writes the points of `batch` into the file.
   *
   * @param firstCell of the file's cells in the states; their `base` must be known
   * @returns how many points are older than the file reaches, and were left out
   *
   * After an error the cells may be ahead of the file: the caller has to forget them.
   */
  update(fd: number, layout: Layout, firstCell: number, batch: Batch, nowS: number): number {
    this.#fd = fd;
    this.#layout = layout;
    this.#firstCell = firstCell;
    this.#nowS = nowS;
    if (batch.count > this.#intervals.length) this.#grow(batch.count);
    let end = batch.count;
    for (let archive = 0; archive < layout.archives && end > 0; archive++) {
      // An age equal to the retention still counts as covered; it lands on the slot of `now`.
      const oldest = nowS - layout.retention[archive];
      let start = end;
      while (start > 0 && batch.timestamps[start - 1] >= oldest) start--;
      if (start < end) this.#updateArchive(archive, batch, start, end);
      end = start;
    }
    return end;
  }

  #updateArchive(archive: number, batch: Batch, start: number, end: number): void {
    this.#align(this.#layout.step[archive], batch, start, end);
    this.#writeSlots(archive);
    while (archive + 1 < this.#layout.archives && this.#rollUp(archive)) {
      archive++;
      this.#writeSlots(archive);
    }
  }

  /** The slots of the points; of several points in one slot the newest stays. */
  #align(step: number, batch: Batch, start: number, end: number): void {
    let n = 0;
    for (let i = start; i < end; i++) {
      const timestamp = batch.timestamps[i];
      const interval = timestamp - (timestamp % step);
      if (n > 0 && this.#intervals[n - 1] === interval) n--;
      this.#intervals[n] = interval;
      this.#values[n] = batch.values[i];
      this.#marks[n] = TO_WRITE;
      n++;
    }
    this.#count = n;
  }

  /** Writes the slots that are marked so, one write for each contiguous run. */
  #writeSlots(archive: number): void {
    const step = this.#layout.step[archive];
    let first = -1;
    let last = -1;
    for (let i = 0; i < this.#count; i++) {
      if (this.#marks[i] !== TO_WRITE) continue;
      if (last >= 0 && (last !== i - 1 || this.#intervals[i] !== this.#intervals[last] + step)) {
        this.#writeRun(archive, this.#runStart(last, step), last + 1);
      }
      if (first < 0) {
        first = i;
        this.#noteBase(archive, this.#intervals[i]);
      }
      last = i;
    }
    if (first < 0) return;
    this.#writeRun(archive, this.#runStart(last, step), last + 1);
    this.#noteWritten(archive, first, last);
  }

  #runStart(last: number, step: number): number {
    let start = last;
    while (
      start > 0 &&
      this.#marks[start - 1] === TO_WRITE &&
      this.#intervals[start - 1] === this.#intervals[start] - step
    ) {
      start--;
    }
    return start;
  }

  /** The first interval ever written to an archive takes its slot 0. */
  #noteBase(archive: number, interval: number): void {
    const { base } = this.#states;
    const cell = this.#firstCell + archive;
    if (base[cell] === 0) base[cell] = interval;
  }

  /** Writes slots `[start, end)`, contiguous in time, to the ring. Of more than a ring the newest stay. */
  #writeRun(archive: number, start: number, end: number): void {
    const points = this.#layout.points[archive];
    const step = this.#layout.step[archive];
    const offset = this.#layout.offset[archive];
    const cell = this.#firstCell + archive;
    let i = Math.max(start, end - points);
    let slot = slotOf(this.#intervals[i], this.#states.base[cell], step, points);
    while (i < end) {
      const length = Math.min(end - i, points - slot, SlotFile.slotsMax);
      for (let k = 0; k < length; k++) {
        this.#slots.put(k, this.#intervals[i + k], this.#values[i + k]);
      }
      this.#slots.write(this.#fd, offset + slot * POINT_BYTES, length);
      if (slot === 0) this.#states.base[cell] = this.#intervals[i];
      i += length;
      slot = (slot + length) % points;
    }
  }

  /** Keeps the cell true after slots `first` to `last` were written to its archive. */
  #noteWritten(archive: number, first: number, last: number): void {
    const states = this.#states;
    const cell = this.#firstCell + archive;
    const retention = this.#layout.retention[archive];
    const from = this.#intervals[first];
    const to = this.#intervals[last];
    const tail = states.tail[cell];
    const windowStart = tail === 0 ? 0 : tail - (tail % this.#windowSeconds(archive));
    // Slots a whole ring apart share their bytes: one may have overwritten another that the cell tells of.
    const overwritten =
      to - from >= retention ||
      (tail !== 0 && (from <= tail - retention || to >= windowStart + retention));
    if (overwritten) states.forget(cell);
    if (archive + 1 === this.#layout.archives && to >= states.tail[cell]) {
      states.tail[cell] = to;
      states.tailValue[cell] = this.#values[last];
    }
  }

  /** Seconds of the window that is rolled up from this archive into one slot of the next. */
  #windowSeconds(archive: number): number {
    const next = Math.min(archive + 1, this.#layout.archives - 1);
    return this.#layout.step[next];
  }

  /**
   * Turns the slots put into `archive` into those of the next archive: one for each window they are in.
   *
   * @returns false when no window has a value, which ends the propagation
   */
  #rollUp(archive: number): boolean {
    const { methodCode, xFilesFactor, step } = this.#layout;
    const states = this.#states;
    const nextCell = this.#firstCell + archive + 1;
    const window = step[archive + 1];
    const total = window / step[archive];
    let windows = 0;
    let anyValue = false;
    for (let i = 0, end = 0; i < this.#count; i = end) {
      const start = this.#intervals[i] - (this.#intervals[i] % window);
      end = i + 1;
      while (end < this.#count && this.#intervals[end] < start + window) end++;
      this.#foldWindow(archive, start, start + window, i, end);
      const known = this.#windowKnown;
      let mark = UNTOUCHED;
      let value = 0;
      if (known > 0 && known / total >= xFilesFactor) {
        anyValue = true;
        value = foldResult(methodCode, this.#windowFolded, known, total);
        const written =
          states.tail[nextCell] === start && Object.is(states.tailValue[nextCell], value);
        mark = written ? WRITTEN : TO_WRITE;
      }
      this.#intervals[windows] = start;
      this.#values[windows] = value;
      this.#marks[windows] = mark;
      windows++;
    }
    this.#count = windows;
    return anyValue;
  }

  /**
   * Finds what is known of the window `[start, end)` of an archive, of which the slots `[from, to)` were put in
   * just now.
   */
  #foldWindow(archive: number, start: number, end: number, from: number, to: number): void {
    const states = this.#states;
    const cell = this.#firstCell + archive;
    while (from < to && this.#marks[from] === UNTOUCHED) from++;
    const tail = states.tail[cell];
    if (from === to) {
      if (tail >= start && tail < end) this.#foldTail(cell);
      else this.#foldFile(archive, start, end, false);
    } else if (start === 0) {
      // Here a slot that was never written looks like one of time 0: only the file tells, as it does whisper.
      this.#foldFile(archive, start, end, false);
    } else if (start > this.#nowS + (end - start)) {
      // A point from the future must not make the present look old.
      const interval = this.#intervals[from];
      if (interval > tail && interval < states.clear[cell]) states.clear[cell] = interval;
      this.#foldFile(archive, start, end, false);
    } else if (this.#intervals[from] >= tail && end <= states.clear[cell]) {
      this.#advance(cell, start, from, to);
      this.#foldTail(cell);
    } else {
      this.#foldFile(archive, start, end, end > tail);
    }
  }

  /** Moves the tail of a cell over the slots `[from, to)`, which are in the window from `start` on. */
  #advance(cell: number, start: number, from: number, to: number): void {
    const states = this.#states;
    const code = this.#layout.methodCode;
    for (let i = from; i < to; i++) {
      if (this.#marks[i] === UNTOUCHED) continue;
      const interval = this.#intervals[i];
      const tail = states.tail[cell];
      if (tail < start) {
        states.known[cell] = 0;
      } else if (interval !== tail) {
        const known = states.known[cell];
        const value = states.tailValue[cell];
        const folded = states.folded[cell];
        states.folded[cell] = known === 0 ? foldFirst(code, value) : foldNext(code, folded, value);
        states.known[cell] = known + 1;
      }
      states.tail[cell] = interval;
      states.tailValue[cell] = this.#values[i];
    }
  }

  /** The window of the tail, from memory. */
  #foldTail(cell: number): void {
    const states = this.#states;
    const code = this.#layout.methodCode;
    const known = states.known[cell];
    const value = states.tailValue[cell];
    this.#windowKnown = known + 1;
    this.#windowFolded =
      known === 0 ? foldFirst(code, value) : foldNext(code, states.folded[cell], value);
  }

  /** A window, from the file. With `keep`, it becomes the one that the cell tells of. */
  #foldFile(archive: number, start: number, end: number, keep: boolean): void {
    const states = this.#states;
    const cell = this.#firstCell + archive;
    const step = this.#layout.step[archive];
    this.#windowKnown = 0;
    let interval = start;
    let left = (end - start) / step;
    if (keep) {
      states.forget(cell);
      left = Math.max(left, Math.min(this.#layout.points[archive], LOOK_AHEAD_SLOTS));
    }
    while (left > 0) {
      const length = this.#readSlots(archive, interval, left);
      for (let i = 0; i < length; i++, interval += step) {
        if (this.#slots.timestamp(i) !== interval) continue;
        if (interval < end) {
          this.#foldSlot(cell, interval, this.#slots.value(i), keep);
        } else {
          left = length;
          break;
        }
      }
      left -= length;
    }
    if (keep && this.#windowKnown > 0) states.clear[cell] = interval;
  }

  #foldSlot(cell: number, interval: number, value: number, keep: boolean): void {
    const states = this.#states;
    const code = this.#layout.methodCode;
    const known = this.#windowKnown;
    if (keep) {
      states.known[cell] = known;
      states.folded[cell] = this.#windowFolded;
      states.tail[cell] = interval;
      states.tailValue[cell] = value;
    }
    this.#windowKnown = known + 1;
    this.#windowFolded =
      known === 0 ? foldFirst(code, value) : foldNext(code, this.#windowFolded, value);
  }

  /** Reads slots of a ring from `interval` on, up to `count`, to its end at most; returns how many. */
  #readSlots(archive: number, interval: number, count: number): number {
    const points = this.#layout.points[archive];
    const base = this.#states.base[this.#firstCell + archive];
    const slot = slotOf(interval, base, this.#layout.step[archive], points);
    const length = Math.min(count, points - slot, SlotFile.slotsMax);
    this.#slots.read(this.#fd, this.#layout.offset[archive] + slot * POINT_BYTES, length);
    return length;
  }

  #grow(count: number): void {
    const capacity = 2 ** Math.ceil(Math.log2(count));
    this.#intervals = new Float64Array(capacity);
    this.#values = new Float64Array(capacity);
    this.#marks = new Uint8Array(capacity);
  }
}
