import { assert } from '../../assert.js';
import { errorCode } from '../../errors.js';
import { type Files, isMissing } from '../files.js';
import { metricPath } from '../metric-path.js';
import type { CreationRules } from '../schemas.js';
import { ArchiveStates } from './archive-states.js';
import type { ArchiveSpec } from './archives.js';
import { Batch } from './batch.js';
import { ArchiveReader, type FetchedSeries, fetchWindow } from './fetch.js';
import { newHeader, type WhisperHeader } from './format.js';
import { createFile, readLayout } from './header-file.js';
import { Layout, LayoutTable } from './layout.js';
import { OpenFiles } from './open-files.js';
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

/** `layoutOf` of a metric whose file was not looked at yet. */
const UNKNOWN = 0;

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
  readonly #layouts = new LayoutTable();
  readonly #states = new ArchiveStates();
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
  /** Number of each metric's layout in the table. */
  #layoutOf = new Uint32Array(1024);
  /** The first of each metric's cells in the states. */
  #cellsOf = new Uint32Array(1024);

  constructor(options: WhisperStoreOptions) {
    assert(options.openFilesMax >= 1, 'at least one file can be kept open');
    this.#options = options;
    this.#files = options.files;
    this.#open = new OpenFiles(options.files, options.openFilesMax);
    this.#updater = new Updater(options.files, this.#states);
    this.#reader = new ArchiveReader(options.files);
  }

  get openFiles(): number {
    return this.#open.count;
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
      const fd = this.#opened(id, name, nowS);
      const layout = this.#layouts.get(this.#layoutOf[id]);
      const cells = this.#cellsOf[id];
      outcome.droppedTooOld = this.#updater.update(fd, layout, cells, this.#batch, nowS);
    } catch (error) {
      this.forget(id);
      this.counters.errors++;
      throw withPath(error, this.path(name()));
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
    return this.#reading(id, name, (fd, layout, cells) => {
      const window = fetchWindow(layout, fromS, untilS, nowS, secondsPerPoint);
      if (window === null) return null;
      const base =
        cells === undefined
          ? this.#reader.base(fd, layout, window.archive)
          : this.#states.base[cells + window.archive];
      const { startS, endS, stepS } = window;
      return { startS, endS, stepS, values: this.#reader.values(fd, layout, window, base) };
    });
  }

  /** The answer of `fetch` for a metric whose file is still to be made: the right slots, and no point. */
  emptySeries(name: string, fromS: number, untilS: number, nowS: number): FetchedSeries | null {
    const { archives, xFilesFactor, method } = this.#options.schemas().match(name);
    const layout = new Layout(newHeader(archives, xFilesFactor, method));
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
    if (id !== undefined && this.#isKnown(id)) return this.#layouts.get(this.#layoutOf[id]).header;
    return this.#reading(id, name, (_, layout) => layout.header);
  }

  /** The archives, finest first, that a metric has or would be created with. */
  archives(id: number | undefined, name: string): readonly ArchiveSpec[] {
    return this.header(id, name)?.archives ?? this.#options.schemas().match(name).archives;
  }

  /** Paths of all whisper files, relative to the root, as they are found. The caller pauses where it wants to. */
  names(): Generator<string> {
    return walkWhisperFiles(this.#files, this.#options.root);
  }

  /** Where the file of a metric is. */
  path(name: string): string {
    return `${this.#options.root}/${metricPath(name, this.#options.hashTagged)}`;
  }

  /** Drops all that is known of a metric's file and closes it: it was changed, moved or removed by someone else. */
  forget(id: number): void {
    if (this.#isKnown(id)) {
      this.#states.giveBack(this.#cellsOf[id], this.#layouts.get(this.#layoutOf[id]).archives);
      this.#layoutOf[id] = UNKNOWN;
    }
    this.#open.close(id);
  }

  /** Closes all files. The store can be used on; it opens them again. */
  close(): void {
    this.#open.closeAll();
  }

  #isKnown(id: number): boolean {
    return id < this.#layoutOf.length && this.#layoutOf[id] !== UNKNOWN;
  }

  #count(outcome: WriteOutcome): void {
    const { counters } = this;
    counters.updateOperations++;
    counters.committedPoints += outcome.written;
    counters.droppedTooOld += outcome.droppedTooOld;
    counters.droppedOutOfRange += outcome.droppedOutOfRange;
  }

  /** The open file of a metric, of which all is known that an update needs. */
  #opened(id: number, name: () => string, nowS: number): number {
    const known = this.#isKnown(id);
    const kept = this.#open.get(id);
    if (known && kept >= 0) return kept;
    const path = this.path(name());
    let fd: number;
    try {
      fd = kept >= 0 ? kept : this.#open.open(id, path);
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
    const { archives, xFilesFactor, method } = this.#options.schemas().match(name);
    const header = newHeader(archives, xFilesFactor, method);
    const create = (): number => createFile(this.#files, path, header, this.#options.sparse);
    const fd = this.#open.openWith(() => {
      try {
        return create();
      } catch (error) {
        if (!isMissing(error)) throw error;
        this.#files.makeFolder(path.slice(0, path.lastIndexOf('/')));
        return create();
      }
    });
    this.#open.keep(id, fd);
    const layout = this.#layouts.number(header);
    const cells = this.#adopt(id, layout);
    for (let i = 0; i < archives.length; i++) this.#states.setEmpty(cells + i);
    this.#outcome.created = true;
    this.counters.creates++;
    return fd;
  }

  /** Looks at a file for the first time. */
  #learn(id: number, fd: number): void {
    const layout = readLayout(this.#files, fd);
    const bases = layout.header.archives.map((_, i) => this.#reader.base(fd, layout, i));
    const cells = this.#adopt(id, this.#layouts.number(layout.header));
    for (const [i, base] of bases.entries()) this.#states.base[cells + i] = base;
  }

  #adopt(id: number, layoutNumber: number): number {
    if (id >= this.#layoutOf.length) this.#grow(id);
    const cells = this.#states.take(this.#layouts.get(layoutNumber).archives);
    this.#layoutOf[id] = layoutNumber;
    this.#cellsOf[id] = cells;
    return cells;
  }

  #grow(id: number): void {
    const capacity = 2 ** Math.ceil(Math.log2(id + 1));
    const layoutOf = new Uint32Array(capacity);
    const cellsOf = new Uint32Array(capacity);
    layoutOf.set(this.#layoutOf);
    cellsOf.set(this.#cellsOf);
    this.#layoutOf = layoutOf;
    this.#cellsOf = cellsOf;
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
      if (id !== undefined && this.#isKnown(id)) {
        return use(fd, this.#layouts.get(this.#layoutOf[id]), this.#cellsOf[id]);
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
