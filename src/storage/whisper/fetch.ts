import { CarbonbusError } from '../../errors.js';
import type { Files } from '../files.js';
import { POINT_BYTES } from './format.js';
import { type Layout, slotOf } from './layout.js';
import { SlotFile } from './slot-file.js';

/** Points that one fetch may answer: more than a year of seconds. */
export const FETCH_POINTS_MAX = 2 ** 25;

/** The intervals `start`, `start + step`, ... before `end` of one archive (its index), seconds. */
export interface FetchWindow {
  readonly archive: number;
  readonly startS: number;
  readonly endS: number;
  readonly stepS: number;
}

/** Points at `startS`, `startS + stepS`, ... before `endS`; NaN where there is none. */
export interface FetchedSeries {
  readonly startS: number;
  readonly endS: number;
  readonly stepS: number;
  readonly values: Float64Array;
}

/** Makes the room for the values of a window; what is in it is overwritten. */
export type ColumnRoom = (startS: number, endS: number, stepS: number) => Float64Array;

/** A column of its own. */
export const newColumn: ColumnRoom = (startS, endS, stepS) =>
  new Float64Array((endS - startS) / stepS);

/** A question about a time, which many files are asked: those of one layout have the same slots to answer it from. */
export class AskedTime {
  readonly fromS: number;
  readonly untilS: number;
  readonly nowS: number;
  readonly secondsPerPoint: number | undefined;
  #layout: Layout | undefined;
  #window: FetchWindow | null = null;

  /** @param secondsPerPoint chooses the archive */
  constructor(fromS: number, untilS: number, nowS: number, secondsPerPoint?: number) {
    this.fromS = fromS;
    this.untilS = untilS;
    this.nowS = nowS;
    this.secondsPerPoint = secondsPerPoint;
  }

  /** As `fetchWindow`. */
  windowIn(layout: Layout): FetchWindow | null {
    if (layout === this.#layout) return this.#window;
    const { fromS, untilS, nowS, secondsPerPoint } = this;
    this.#window = fetchWindow(layout, fromS, untilS, nowS, secondsPerPoint);
    this.#layout = layout;
    return this.#window;
  }
}

/**
 * Which slots answer a question about the time after `fromS` and up to `untilS`, by whisper's rules: from the finest
 * archive that reaches back to `fromS`, or from the one of `secondsPerPoint`.
 *
 * @returns null when all of the time lies in the future or before the file's retention
 *
 * Errors: `INVALID_INTERVAL` for `fromS` after `untilS` and for more than `FETCH_POINTS_MAX` points,
 * `NO_SUCH_ARCHIVE` for a precision that the file does not have.
 */
export function fetchWindow(
  layout: Layout,
  fromS: number,
  untilS: number,
  nowS: number,
  secondsPerPoint?: number,
): FetchWindow | null {
  const now = Math.floor(nowS);
  let from = Math.trunc(fromS);
  let until = Math.trunc(untilS);
  if (from > until) {
    throw new CarbonbusError('INVALID_INTERVAL', `from ${from} is after until ${until}`);
  }
  const oldest = now - layout.header.maxRetention;
  if (from > now || until < oldest) return null;
  from = Math.max(from, oldest);
  until = Math.min(until, now);
  const archive = chosenArchive(layout, now - from, secondsPerPoint);
  return alignedWindow(layout, archive, from, until);
}

/** The slots of one archive after `from` and up to `until`; at least one. */
export function alignedWindow(
  layout: Layout,
  archive: number,
  from: number,
  until: number,
): FetchWindow {
  const stepS = layout.step[archive];
  const startS = Math.floor(from / stepS) * stepS + stepS;
  let endS = Math.floor(until / stepS) * stepS + stepS;
  if (startS === endS) endS += stepS;
  if ((endS - startS) / stepS > FETCH_POINTS_MAX) {
    throw new CarbonbusError('INVALID_INTERVAL', `more than ${FETCH_POINTS_MAX} points asked for`);
  }
  return { archive, startS, endS, stepS };
}

function chosenArchive(layout: Layout, age: number, secondsPerPoint: number | undefined): number {
  if (secondsPerPoint === undefined) {
    const covering = layout.retention.findIndex((retention) => retention >= age);
    return covering < 0 ? layout.archives - 1 : covering;
  }
  const archive = layout.step.indexOf(secondsPerPoint);
  if (archive < 0) {
    throw new CarbonbusError('NO_SUCH_ARCHIVE', `no archive has ${secondsPerPoint} s a point`);
  }
  return archive;
}

/** Reads windows of archives. */
export class ArchiveReader {
  readonly #slots: SlotFile;

  constructor(files: Files) {
    this.#slots = new SlotFile(files);
  }

  /** The interval in slot 0 of an archive; 0 when it was never written. */
  base(fd: number, layout: Layout, archive: number): number {
    this.#slots.read(fd, layout.offset[archive], 1);
    return this.#slots.timestamp(0);
  }

  /**
   * The values of a window, NaN where the file has no point.
   *
   * @param base interval in slot 0 of the archive
   * @param known when given, gets a 1 for each point there is: a stored NaN is a point too
   * @param room where the values go
   */
  values(
    fd: number,
    layout: Layout,
    window: FetchWindow,
    base: number,
    known?: Uint8Array,
    room: ColumnRoom = newColumn,
  ): Float64Array {
    const { archive, startS, stepS } = window;
    const count = (window.endS - startS) / stepS;
    const values = room(startS, window.endS, stepS);
    if (base === 0) return values.fill(Number.NaN);
    const points = layout.points[archive];
    for (let done = 0; done < count; ) {
      const slot = slotOf(startS + done * stepS, base, stepS, points);
      const length = Math.min(count - done, points - slot, SlotFile.slotsMax);
      const position = layout.offset[archive] + slot * POINT_BYTES;
      const timeS = startS + done * stepS;
      if (known === undefined) {
        this.#slots.readValues(fd, position, length, timeS, stepS, values, done);
      } else {
        this.#slots.read(fd, position, length);
        this.#slots.copyValues(length, timeS, stepS, values, done, known);
      }
      done += length;
    }
    return values;
  }
}
