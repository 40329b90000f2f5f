import { assert } from '../../assert.js';
import { errorCode } from '../../errors.js';
import { type Files, isMissing } from '../files.js';
import { metricPath } from '../metric-path.js';
import type { CreationRules } from '../schemas.js';
import { Batch } from './batch.js';
import { ArchiveReader, type FetchedSeries, fetchWindow } from './fetch.js';
import { FileFacts } from './file-facts.js';
import { newHeader, type WhisperHeader } from './format.js';
import { createFile, readLayout } from './header-file.js';
import { Layout } from './layout.js';
import { OpenFiles } from './open-files.js';
import { NOBODY, PendingRollUps } from './pending-roll-ups.js';
import { Updater } from './updater.js';
import { walkWhisperFiles } from './walk.js';
import { withPath } from './whisper-files.js';

export interface WhisperStoreOptions {
  readonly files: Files;
  /** The folder of the files; made with the first of them. */
  readonly root: string;
  /** What a file that is created now gets. */
  readonly schemas: () => CreationRules;
  /** Files kept open; at least 1. */
  readonly openFilesMax: number;
  /** Leaves the rings of new files to the file system as holes (WHISPER_SPARSE_CREATE). */
  readonly sparse: boolean;
  /** Names the files of tagged metrics by their hash (TAG_HASH_FILENAMES). */
  readonly hashTagged: boolean;
  /**
   * Points go to the finest archive at once and to the coarser ones with `flushRollUps`, which the caller then has to
   * call before it counts them as stored. By default each write does both, at several times the cost.
   */
  readonly deferRollUps?: boolean;
}

/** What became of the points of a write: each is either written or dropped. */
export interface WriteOutcome {
  /** Points that are in the file now, or gave way to a later one of the same slot. */
  written: number;
  /** Points older than the file reaches. */
  droppedTooOld: number;
  /** Points with a timestamp that does not fit the file format. */
  droppedOutOfRange: number;
  created: boolean;
  /** The file was damaged; it was put aside and made anew. */
  quarantined: boolean;
}

export interface WhisperCounters {
  creates: number;
  updateOperations: number;
  committedPoints: number;
  droppedTooOld: number;
  droppedOutOfRange: number;
  quarantined: number;
  /** Operations that failed. */
  errors: number;
}

/**
 * The whisper files of one shard replica, by dense metric id (u32, given out by the caller, one for each name).
 *
 * Synchronous: the caller cuts its work into slices. What is known of a file stays in memory after its first touch, so
 * nobody else may write to it; `forget` drops that knowledge. Failures are `CarbonbusError`s with the errno code; after
 * one, the file is looked at anew.
 */
export class WhisperStore {
  readonly counters: WhisperCounters = {
    creates: 0,
    updateOperations: 0,
    committedPoints: 0,
    droppedTooOld: 0,
    droppedOutOfRange: 0,
    quarantined: 0,
    errors: 0,
  };
  readonly #options: WhisperStoreOptions;
  readonly #files: Files;
  readonly #open: OpenFiles;
  readonly #facts = new FileFacts();
  readonly #pending = new PendingRollUps();
  readonly #updater: Updater;
  readonly #reader: ArchiveReader;
  readonly #batch = new Batch();
  readonly #outcome: WriteOutcome = {
    written: 0,
    droppedTooOld: 0,
    droppedOutOfRange: 0,
    created: false,
    quarantined: false,
  };
  /** A folder that is there, so that the next file in it needs no look. */
  #lastFolder = '';

  constructor(options: WhisperStoreOptions) {
    assert(options.openFilesMax >= 1, 'at least one file can be kept open');
    this.#options = options;
    this.#files = options.files;
    this.#open = new OpenFiles(options.files, options.openFilesMax);
    this.#updater = new Updater(options.files, this.#facts.bases);
    this.#reader = new ArchiveReader(options.files);
  }

  get openFiles(): number {
    return this.#open.count;
  }

  /** Metrics with points that are not rolled up yet. */
  get pendingRollUps(): number {
    return this.#pending.count;
  }

  /**
   * Writes the first `count` points to a metric's file, which is made when it is missing. Points are in order of
   * arrival: of those with the same timestamp the last one counts. Fractions of seconds are cut off.
   *
   * @returns an object that the next call uses again
   */
  write(
    id: number,
    name: () => string,
    timestamps: ArrayLike<number>,
    values: ArrayLike<number>,
    count: number,
    nowS: number,
  ): WriteOutcome {
    const outcome = this.#outcome;
    outcome.created = false;
    outcome.quarantined = false;
    this.#batch.load(timestamps, values, count);
    try {
      this.#select(id, this.#opened(id, name, nowS));
      outcome.droppedTooOld = this.#put(id, nowS);
    } catch (error) {
      throw this.#failure(id, name(), error);
    }
    outcome.droppedOutOfRange = this.#batch.outOfRange;
    outcome.written = count - outcome.droppedTooOld - outcome.droppedOutOfRange;
    this.#count(outcome);
    return outcome;
  }

  /**
   * The points after `fromS` and up to `untilS`, by whisper's rules (`fetchWindow` has them and their errors). Null when
   * there is no file, or when that time is outside of its retention.
   *
   * @param id of the metric; undefined for one that was never written here
   * @param secondsPerPoint chooses the archive
   */
  fetch(
    id: number | undefined,
    name: string,
    fromS: number,
    untilS: number,
    nowS: number,
    secondsPerPoint?: number,
  ): FetchedSeries | null {
    if (id !== undefined && !this.#isFinest(id, nowS - fromS, secondsPerPoint)) {
      this.#rollUpForReading(id, name);
    }
    return this.#reading(id, name, (fd, layout, cells) => {
      const window = fetchWindow(layout, fromS, untilS, nowS, secondsPerPoint);
      if (window === null) return null;
      const base =
        cells === undefined
          ? this.#reader.base(fd, layout, window.archive)
          : this.#facts.bases.base[cells + window.archive];
      const { startS, endS, stepS } = window;
      return { startS, endS, stepS, values: this.#reader.values(fd, layout, window, base) };
    });
  }

  /** The answer of `fetch` for a metric whose file is still to be made: the right slots, and no point. */
  emptySeries(name: string, fromS: number, untilS: number, nowS: number): FetchedSeries | null {
    const layout = new Layout(this.#newHeader(name));
    const window = fetchWindow(layout, fromS, untilS, nowS);
    if (window === null) return null;
    const { startS, endS, stepS } = window;
    return {
      startS,
      endS,
      stepS,
      values: new Float64Array((endS - startS) / stepS).fill(Number.NaN),
    };
  }

  /** The header of a metric's file; null when there is none. */
  header(id: number | undefined, name: string): WhisperHeader | null {
    if (id !== undefined && this.#facts.isKnown(id)) return this.#facts.layout(id).header;
    return this.#reading(id, name, (_, layout) => layout.header);
  }

  /** The header that a metric's file has, or would be created with. */
  headerOrNew(id: number | undefined, name: string): WhisperHeader {
    return this.header(id, name) ?? this.#newHeader(name);
  }

  /** Paths of all whisper files, relative to the root, as they are found. The caller pauses where it wants to. */
  names(): Generator<string> {
    return walkWhisperFiles(this.#files, this.#options.root);
  }

  /** Where the file of a metric is. */
  path(name: string): string {
    return `${this.#options.root}/${metricPath(name, this.#options.hashTagged)}`;
  }

  /** For `flushRollUps`: stands for all points written up to now. */
  rollUpMark(): number {
    return this.#pending.mark;
  }

  /**
   * Rolls up what was written before `mark` was taken, of up to `metricsMax` metrics, those that wait longest first.
   *
   * @returns true when nothing from before the mark waits any more. An error leaves the rest waiting.
   */
  flushRollUps(mark: number, metricsMax: number, nameOf: (id: number) => string): boolean {
    for (let n = 0; n < metricsMax; n++) {
      const id = this.#pending.first(mark);
      if (id === NOBODY) return true;
      this.flush(id, () => nameOf(id));
      this.#pending.shift();
    }
    return this.#pending.first(mark) === NOBODY;
  }

  /** Rolls up what was written of one metric. Nothing to do for a file that has gone or is damaged. */
  flush(id: number, name: () => string): void {
    if (!this.#pending.has(id)) return;
    try {
      const kept = this.#open.get(id);
      const fd = kept >= 0 ? kept : this.#open.open(id, this.path(name()));
      if (!this.#facts.isKnown(id)) this.#learn(id, fd);
      this.#select(id, fd);
      this.#rollUp(id);
    } catch (error) {
      const failure = this.#failure(id, name(), error);
      if (!isMissing(error) && !isForeign(error)) throw failure;
      this.#pending.clear(id);
    }
  }

  /** Looks whether kept files were removed, the next `filesMax` of them in turn, and lets go of those that were. */
  checkOpenFiles(filesMax: number): void {
    for (let n = Math.min(filesMax, this.#open.count); n > 0; n--) {
      const id = this.#open.nextId();
      if (this.#files.status(this.#open.peek(id)).links === 0) this.forget(id);
    }
  }

  /** Drops all that is known of a metric's file and closes it: it was changed, moved or removed by someone else. */
  forget(id: number): void {
    this.#facts.forget(id);
    this.#open.close(id);
  }

  /** Closes all files. What waits to be rolled up still waits. */
  close(): void {
    this.#open.closeAll();
  }

  #count(outcome: WriteOutcome): void {
    const { counters } = this;
    counters.updateOperations++;
    counters.committedPoints += outcome.written;
    counters.droppedTooOld += outcome.droppedTooOld;
    counters.droppedOutOfRange += outcome.droppedOutOfRange;
  }

  #failure(id: number, name: string, error: unknown): unknown {
    this.forget(id);
    this.#lastFolder = '';
    this.counters.errors++;
    return withPath(error, this.path(name));
  }

  #select(id: number, fd: number): void {
    this.#updater.select(fd, this.#facts.layout(id), this.#facts.firstCell(id));
  }

  /** Writes the batch to the file that is selected; returns how many points are too old for it. */
  #put(id: number, nowS: number): number {
    const batch = this.#batch;
    if (batch.count === 0) return 0;
    const fromS = batch.timestamps[0];
    const toS = batch.timestamps[batch.count - 1];
    if (!this.#canDefer(id, fromS, toS, nowS)) {
      this.#rollUp(id);
      return this.#updater.update(batch, nowS);
    }
    if (!this.#pending.fits(id, fromS, toS, this.#facts.layout(id).deferredS)) this.#rollUp(id);
    // Before the points, so that a write that fails half way is covered.
    this.#pending.add(id, fromS, toS);
    this.#updater.write(batch);
    return 0;
  }

  #canDefer(id: number, fromS: number, toS: number, nowS: number): boolean {
    const layout = this.#facts.layout(id);
    return (
      this.#options.deferRollUps === true &&
      layout.archives > 1 &&
      toS - fromS <= layout.deferredS &&
      fromS >= nowS - layout.retention[0] &&
      fromS > 0
    );
  }

  /** Rolls up what waits in the file that is selected. */
  #rollUp(id: number): void {
    if (!this.#pending.has(id)) return;
    if (this.#facts.layout(id).archives > 1) {
      this.#updater.rollUp(this.#pending.fromS(id), this.#pending.toS(id));
    }
    this.#pending.clear(id);
  }

  /** A disk that takes no roll-ups still answers, with what it has. */
  #rollUpForReading(id: number, name: string): void {
    try {
      this.flush(id, () => name);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
    }
  }

  #isFinest(id: number, ageS: number, secondsPerPoint: number | undefined): boolean {
    if (!this.#facts.isKnown(id)) return false;
    const { step, retention } = this.#facts.layout(id);
    return secondsPerPoint === undefined ? ageS <= retention[0] : secondsPerPoint === step[0];
  }

  /** The open file of a metric, of which all is known that an update needs. */
  #opened(id: number, name: () => string, nowS: number): number {
    const known = this.#facts.isKnown(id);
    const kept = this.#open.get(id);
    if (known && kept >= 0) return kept;
    const path = this.path(name());
    // A metric seen for the first time is often new: to look costs less than an exception.
    if (!known && this.#files.size(path) === undefined) return this.#create(id, name(), path);
    try {
      const fd = kept >= 0 ? kept : this.#open.open(id, path);
      if (!known) this.#learn(id, fd);
      return fd;
    } catch (error) {
      if (isMissing(error)) return this.#create(id, name(), path);
      if (!isForeign(error)) throw error;
    }
    this.#quarantine(id, path, nowS);
    return this.#create(id, name(), path);
  }

  #create(id: number, name: string, path: string): number {
    this.forget(id);
    const header = this.#newHeader(name);
    this.#haveFolder(path.slice(0, path.lastIndexOf('/')));
    const fd = this.#open.openWith(() =>
      createFile(this.#files, path, header, this.#options.sparse),
    );
    this.#open.keep(id, fd);
    this.#facts.learn(id, header);
    this.#outcome.created = true;
    this.counters.creates++;
    return fd;
  }

  #newHeader(name: string): WhisperHeader {
    const { archives, xFilesFactor, method } = this.#options.schemas().match(name);
    return newHeader(archives, xFilesFactor, method);
  }

  #haveFolder(folder: string): void {
    if (folder === this.#lastFolder) return;
    if (this.#files.size(folder) === undefined) this.#files.makeFolder(folder);
    this.#lastFolder = folder;
  }

  /** Looks at a file for the first time. */
  #learn(id: number, fd: number): void {
    const layout = readLayout(this.#files, fd);
    const bases = layout.header.archives.map((_, i) => this.#reader.base(fd, layout, i));
    const first = this.#facts.learn(id, layout.header);
    this.#facts.bases.base.set(bases, first);
  }

  /** Puts aside what is not a whisper file, or not whole, so that the metric can go on. */
  #quarantine(id: number, path: string, nowS: number): void {
    this.forget(id);
    this.#files.rename(path, `${path}.corrupt-${nowS}`);
    this.#outcome.quarantined = true;
    this.counters.quarantined++;
  }

  /** Runs `use` on the file, with the metric's cells where they are known; null when there is no file. */
  #reading<T>(
    id: number | undefined,
    name: string,
    use: (fd: number, layout: Layout, cells: number | undefined) => T,
  ): T | null {
    const path = this.path(name);
    let fd = -1;
    const kept = id === undefined ? -1 : this.#open.get(id);
    try {
      fd = kept >= 0 ? kept : this.#open.openWith(() => this.#files.open(path, 'read'));
      if (id !== undefined && this.#facts.isKnown(id)) {
        return use(fd, this.#facts.layout(id), this.#facts.firstCell(id));
      }
      return use(fd, readLayout(this.#files, fd), undefined);
    } catch (error) {
      if (isMissing(error)) return null;
      throw withPath(error, path);
    } finally {
      if (fd >= 0 && fd !== kept) this.#files.close(fd);
    }
  }
}

/** Something is there, and it is not a whisper file. */
function isForeign(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'CORRUPT_FILE' || code === 'EISDIR';
}
