import { CarbonbusError } from '../../../errors.js';
import { type AggregationMethod, aggregateOf } from '../aggregation.js';
import { type ArchiveSpec, checkedArchives } from '../archives.js';
import { checkedMethod, retentionOf, type WhisperHeader } from '../format.js';
import {
  type FetchedPoints,
  knownPoints,
  type Point,
  type WhisperFiles,
} from '../whisper-files.js';

export interface ResizeOptions {
  /** That of the old file by default. */
  readonly xFilesFactor?: number;
  /** That of the old file by default. */
  readonly method?: string;
  /** Path of the new file; the old one stays as it is. By default the new file takes the old one's place. */
  readonly newFile?: string;
  /** Removes the old file, which else stays beside the new one as `.bak`. */
  readonly removeBackup?: boolean;
  /** Computes the points of the new archives from the old points; by default they are copied, and rolled up. */
  readonly aggregate?: boolean;
}

/** A slot of the old file. */
interface Slot {
  readonly timestamp: number;
  /** undefined: no point. */
  readonly value: number | undefined;
}

/**
 * Moves the points of a file to one with other archives, as the program whisper-resize does.
 *
 * Errors: `ENOENT`, `INVALID_ARCHIVES`, `INVALID_METHOD`, `INVALID_X_FILES_FACTOR`.
 */
export function resize(
  whisper: WhisperFiles,
  path: string,
  archives: readonly ArchiveSpec[],
  nowS: number,
  options: ResizeOptions = {},
): void {
  const old = whisper.info(path);
  if (old === undefined) throw new CarbonbusError('ENOENT', `${path} does not exist`);
  const sorted = checkedArchives(archives);
  const { xFilesFactor = old.xFilesFactor, newFile, removeBackup = false } = options;
  const method = checkedMethod(options.method ?? old.aggregationMethod);
  const series = allSeries(whisper, path, old, nowS);
  const target = newFile ?? `${path}.tmp`;
  const removeTemporary = (): void => {
    const isThere = newFile === undefined && whisper.files.size(target) !== undefined;
    if (isThere) whisper.files.remove(target);
  };
  removeTemporary();
  try {
    whisper.create(target, sorted, { xFilesFactor, method });
    const batches = options.aggregate
      ? aggregated(sorted, slotsOf(series), method, xFilesFactor, nowS)
      : series.map(knownPoints);
    for (const points of batches) whisper.updateMany(target, points, nowS);
  } catch (error) {
    // Of a disk that is full it is the first thing to go.
    removeTemporary();
    throw error;
  }
  if (newFile !== undefined) return;
  whisper.files.rename(path, `${path}.bak`);
  whisper.files.rename(target, path);
  if (removeBackup) whisper.files.remove(`${path}.bak`);
}

/** What the file has, archive by archive, coarsest first. */
function allSeries(
  whisper: WhisperFiles,
  path: string,
  { archives }: WhisperHeader,
  nowS: number,
): FetchedPoints[] {
  return archives.toReversed().flatMap((archive) => {
    const from = nowS - retentionOf(archive) + archive.secondsPerPoint;
    return whisper.fetch(path, from, nowS, nowS) ?? [];
  });
}

/** The slots of all series, oldest first: of each series those older than all of the finer ones. */
function slotsOf(coarsestFirst: readonly FetchedPoints[]): Slot[] {
  const newestFirst: Slot[] = [];
  for (const { startS, stepS, values, known } of coarsestFirst.toReversed()) {
    const oldest = newestFirst.at(-1)?.timestamp ?? Number.POSITIVE_INFINITY;
    for (let i = values.length - 1; i >= 0; i--) {
      const timestamp = startS + i * stepS;
      if (timestamp >= oldest) continue;
      newestFirst.push({ timestamp, value: known[i] === 1 ? values[i] : undefined });
    }
  }
  return newestFirst.reverse();
}

/**
 * The points of each new archive. As in the program their windows begin at `now` less the archive's retention plus
 * `now` modulo its step, so not at multiples of the step.
 */
function aggregated(
  archives: readonly ArchiveSpec[],
  slots: readonly Slot[],
  method: AggregationMethod,
  xFilesFactor: number,
  nowS: number,
): Point[][] {
  return archives.map((archive) => {
    const step = archive.secondsPerPoint;
    const shift = nowS % step;
    const points: Point[] = [];
    let next = 0;
    for (let from = nowS - retentionOf(archive) + shift; from < nowS + shift; from += step) {
      while (next < slots.length && slots[next].timestamp < from) next++;
      const first = next;
      while (next < slots.length && slots[next].timestamp < from + step) next++;
      const value = aggregate(slots.slice(first, next), method, xFilesFactor);
      if (value !== undefined) points.push([from, value]);
    }
    return points;
  });
}

function aggregate(
  slots: readonly Slot[],
  method: AggregationMethod,
  xFilesFactor: number,
): number | undefined {
  const values = slots.flatMap(({ value }) => value ?? []);
  if (values.length === 0 || values.length / slots.length < xFilesFactor) return undefined;
  return aggregateOf(method, values, slots.length);
}
