import { foldFirst, foldNext, foldResult, methodCode } from './whisper/aggregation.js';
import {
  type Archive,
  fileBytes,
  headerBytes,
  POINT_BYTES,
  retentionOf,
  type WhisperHeader,
} from './whisper/format.js';
import { slotOf } from './whisper/layout.js';

/*
 * Points of a whisper file for a file with other archives. `whisper-resize` is no model for it: with --aggregate its
 * windows begin at `now` and not at multiples of the step, which moves points by a slot, and without it of all points
 * that meet in a coarser slot the last one counts.
 */

/** The points of one archive by time: slot `i` is that of `startS + i * stepS`. */
export interface ArchivePoints {
  readonly stepS: number;
  /** The oldest slot that the archive reaches. */
  readonly startS: number;
  readonly values: Float64Array;
  /** 1 where there is a point; a stored NaN is one too. */
  readonly known: Uint8Array;
}

/** The points of a new archive: slot `i` is that of `startS + i * stepS`, and the first and last are known. */
export type NewPoints = Omit<ArchivePoints, 'stepS'>;

/**
 * What can be read of each archive, finest first, and what agents with a fast clock have sent for the time to come, as
 * far ahead as the archive is long.
 *
 * @param bytes the whole file, whose layout is in order
 */
export function pointsOfFile(
  bytes: Uint8Array,
  { archives }: WhisperHeader,
  nowS: number,
): ArchivePoints[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return archives.map((archive) => pointsOfArchive(view, archive, nowS));
}

function pointsOfArchive(view: DataView, archive: Archive, nowS: number): ArchivePoints {
  const { offset, points, secondsPerPoint: stepS } = archive;
  const startS = firstReached(archive, nowS);
  const values = new Float64Array(2 * points);
  const known = new Uint8Array(2 * points);
  const base = view.getUint32(offset);
  for (let slot = 0; base !== 0 && slot < points; slot++) {
    const at = offset + slot * POINT_BYTES;
    const timestamp = view.getUint32(at);
    const i = (timestamp - startS) / stepS;
    if (!Number.isInteger(i) || i < 0 || i >= known.length) continue;
    if (slotOf(timestamp, base, stepS, points) !== slot) continue;
    values[i] = view.getFloat64(at + 4);
    known[i] = 1;
  }
  return { stepS, startS, values, known };
}

/**
 * The points of each archive of a new file, undefined for one without points.
 *
 * A slot keeps the point that an old archive of the same step has; after a change of the method only where there is no
 * roll-up to make. That is the next finer new archive's, as far as it reaches, or else that of the finest old archive which
 * reaches all of the slot; the xFilesFactor's part of the points must be known. Beyond the finer new archive nothing else
 * holds the points, and whatever is known counts. A point coarser than the slot counts where the finer old archives have
 * nothing in its time.
 *
 * @param isSameMethod whether the old roll-ups were made by the method of the new file
 */
export function copiedPoints(
  old: readonly ArchivePoints[],
  header: WhisperHeader,
  nowS: number,
  isSameMethod: boolean,
): (NewPoints | undefined)[] {
  const range = knownRange(old);
  const copied: (NewPoints | undefined)[] = [];
  if (range === undefined) return header.archives.map(() => undefined);
  for (const [index, archive] of header.archives.entries()) {
    const { secondsPerPoint: stepS, points } = archive;
    const endS = range.newestS - (range.newestS % stepS);
    // A ring holds no more than its length before the newest point.
    const startS = Math.max(
      firstReached(archive, nowS),
      range.oldestS - (range.oldestS % stepS),
      endS - (points - 1) * stepS,
    );
    const finer = header.archives[index - 1];
    const finerPoints = copied[index - 1];
    const kept = isSameMethod ? old.find((one) => one.stepS === stepS) : undefined;
    const copy = new SlotCopy(old, {
      stepS,
      methodCode: methodCode(header.aggregationMethod),
      xFilesFactor: index === 0 ? 0 : header.xFilesFactor,
      aloneBeforeS: finer === undefined ? Number.POSITIVE_INFINITY : firstReached(finer, nowS),
      ...(kept && { kept }),
      ...(finerPoints && { finer: { ...finerPoints, stepS: finer.secondsPerPoint } }),
    });
    copied.push(trimmed(copy, startS, endS, stepS));
  }
  return copied;
}

/**
 * The bytes of a new file, and how many of each archive's ring are in use: the rest is zeros.
 *
 * @param points of each archive
 */
export function fileOf(
  header: WhisperHeader,
  headerOnDisk: Uint8Array,
  points: readonly (NewPoints | undefined)[],
): { bytes: Uint8Array; used: { from: number; to: number }[] } {
  const bytes = new Uint8Array(fileBytes(header.archives));
  bytes.set(headerOnDisk);
  const used = [{ from: 0, to: headerBytes(header.archives.length) }];
  const view = new DataView(bytes.buffer);
  for (const [index, { offset, secondsPerPoint }] of header.archives.entries()) {
    const some = points[index];
    if (some === undefined) continue;
    const { startS, values, known } = some;
    for (let i = 0; i < known.length; i++) {
      if (known[i] === 0) continue;
      view.setUint32(offset + i * POINT_BYTES, startS + i * secondsPerPoint);
      view.setFloat64(offset + i * POINT_BYTES + 4, values[i]);
    }
    used.push({ from: offset, to: offset + known.length * POINT_BYTES });
  }
  return { bytes, used };
}

/** How the slots of one new archive are filled. */
interface SlotRule {
  readonly stepS: number;
  readonly methodCode: number;
  readonly xFilesFactor: number;
  /** Slots before this time are held by no finer archive of the new file. */
  readonly aloneBeforeS: number;
  /** The old archive whose points stay as they are. */
  readonly kept?: ArchivePoints;
  /** The next finer archive of the new file, where it has points. */
  readonly finer?: ArchivePoints;
}

/** Finds the value of one slot after the other. */
class SlotCopy {
  value = 0;
  readonly #old: readonly ArchivePoints[];
  readonly #rule: SlotRule;

  constructor(old: readonly ArchivePoints[], rule: SlotRule) {
    this.#old = old;
    this.#rule = rule;
  }

  /** Whether the slot at `timeS` has a point, which then is `value`. */
  find(timeS: number): boolean {
    const { stepS, aloneBeforeS, kept, finer, xFilesFactor } = this.#rule;
    if (kept !== undefined && this.#aggregate(kept, timeS, 0)) return true;
    const isHeldFiner = timeS >= aloneBeforeS;
    if (isHeldFiner && finer !== undefined && this.#aggregate(finer, timeS, xFilesFactor)) {
      return true;
    }
    for (let index = 0; index < this.#old.length; index++) {
      const archive = this.#old[index];
      const isThere =
        archive.stepS > stepS
          ? this.#takeCoarser(index, timeS)
          : timeS >= archive.startS && this.#aggregate(archive, timeS, xFilesFactor);
      if (isThere) return true;
    }
    if (isHeldFiner) return false;
    return this.#old.some(
      (archive) => archive.stepS <= stepS && this.#aggregate(archive, timeS, 0),
    );
  }

  #aggregate(archive: ArchivePoints, timeS: number, leastPart: number): boolean {
    const { startS, stepS, values, known } = archive;
    const { methodCode } = this.#rule;
    const from = Math.ceil((timeS - startS) / stepS);
    const to = Math.ceil((timeS + this.#rule.stepS - startS) / stepS);
    const end = Math.min(to, known.length);
    let count = 0;
    let folded = 0;
    for (let i = Math.max(0, from); i < end; i++) {
      if (known[i] === 0) continue;
      folded =
        count === 0 ? foldFirst(methodCode, values[i]) : foldNext(methodCode, folded, values[i]);
      count++;
    }
    if (count === 0 || count / (to - from) < leastPart) return false;
    this.value =
      stepS === this.#rule.stepS ? values[from] : foldResult(methodCode, folded, count, to - from);
    return true;
  }

  /** A coarser point whose time is that of the slot, unless finer archives know what happened then. */
  #takeCoarser(index: number, timeS: number): boolean {
    const { startS, stepS, values, known } = this.#old[index];
    const i = Math.ceil((timeS - startS) / stepS);
    const pointS = startS + i * stepS;
    if (i < 0 || known[i] !== 1 || pointS >= timeS + this.#rule.stepS) return false;
    for (let finer = 0; finer < index; finer++) {
      const archive = this.#old[finer];
      if (pointS >= archive.startS && hasPoint(archive, pointS, pointS + stepS)) return false;
    }
    this.value = values[i];
    return true;
  }
}

/** The points that a copy finds, from the first to the last one. */
function trimmed(
  copy: SlotCopy,
  startS: number,
  endS: number,
  stepS: number,
): NewPoints | undefined {
  const slots = Math.max(0, (endS - startS) / stepS + 1);
  const values = new Float64Array(slots);
  const known = new Uint8Array(slots);
  let first = -1;
  let last = -1;
  for (let i = 0; i < slots; i++) {
    if (!copy.find(startS + i * stepS)) continue;
    values[i] = copy.value;
    known[i] = 1;
    if (first < 0) first = i;
    last = i;
  }
  if (first < 0) return undefined;
  return {
    startS: startS + first * stepS,
    values: values.subarray(first, last + 1),
    known: known.subarray(first, last + 1),
  };
}

function firstReached(archive: Archive, nowS: number): number {
  const { secondsPerPoint: stepS } = archive;
  return Math.floor((nowS - retentionOf(archive)) / stepS) * stepS + stepS;
}

function hasPoint({ startS, stepS, known }: ArchivePoints, fromS: number, untilS: number): boolean {
  const to = Math.min(known.length, Math.ceil((untilS - startS) / stepS));
  for (let i = Math.max(0, Math.ceil((fromS - startS) / stepS)); i < to; i++) {
    if (known[i] === 1) return true;
  }
  return false;
}

function knownRange(
  archives: readonly ArchivePoints[],
): { oldestS: number; newestS: number } | undefined {
  let oldestS = Number.POSITIVE_INFINITY;
  let newestS = 0;
  for (const { startS, stepS, known } of archives) {
    const first = known.indexOf(1);
    if (first < 0) continue;
    oldestS = Math.min(oldestS, startS + first * stepS);
    newestS = Math.max(newestS, startS + known.lastIndexOf(1) * stepS);
  }
  return newestS === 0 ? undefined : { oldestS, newestS };
}
