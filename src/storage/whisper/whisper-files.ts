import { assert } from '../../assert.js';
import { CarbonbusError } from '../../errors.js';
import { type Files, isMissing, type OpenMode } from '../files.js';
import type { AggregationMethod } from './aggregation.js';
import { ArchiveBases } from './archive-bases.js';
import { type ArchiveSpec, checkedArchives } from './archives.js';
import { Batch } from './batch.js';
import {
  ArchiveReader,
  alignedWindow,
  type FetchedSeries,
  type FetchWindow,
  fetchWindow,
} from './fetch.js';
import {
  checkedMethod,
  checkedXFilesFactor,
  encodeHeader,
  METADATA_BYTES,
  newHeader,
  type WhisperHeader,
} from './format.js';
import { createFile, readHeader, readLayout } from './header-file.js';
import { Layout, LayoutTable } from './layout.js';
import { Updater } from './updater.js';

export interface CreateOptions {
  /** 0 to 1; 0.5 by default. */
  readonly xFilesFactor?: number;
  /** `average` by default. */
  readonly method?: string;
  /** Leaves the rings to the file system as a hole; true by default. */
  readonly sparse?: boolean;
}

/** A point: timestamp in seconds, value. */
export type Point = readonly [timestamp: number, value: number];

/** A fetch that tells a stored NaN from a slot without a point: `known` is 1 where there is a point. */
export interface FetchedPoints extends FetchedSeries {
  readonly known: Uint8Array;
}

/**
 * Whisper files by path, one operation at a time with nothing remembered in between: whisper's own interface, for
 * tools and tests. What writes a stream of points is `WhisperStore`.
 *
 * Every operation throws `CORRUPT_FILE` for a file that is not whisper's, and the errno code of what the file
 * system refused.
 */
export class WhisperFiles {
  readonly files: Files;
  readonly #reader: ArchiveReader;
  readonly #bases = new ArchiveBases(16);
  readonly #updater: Updater;
  readonly #layouts = new LayoutTable();
  readonly #batch = new Batch();

  constructor(files: Files) {
    this.files = files;
    this.#reader = new ArchiveReader(files);
    this.#updater = new Updater(files, this.#bases);
  }

  /** Errors: `EEXIST`, `INVALID_ARCHIVES`, `INVALID_METHOD`, `INVALID_X_FILES_FACTOR`. */
  create(path: string, archives: readonly ArchiveSpec[], options: CreateOptions = {}): void {
    const { xFilesFactor = 0.5, method = 'average', sparse = true } = options;
    const header = newHeader(checkedArchives(archives), xFilesFactor, method);
    if (this.files.size(path) !== undefined) {
      throw new CarbonbusError('EEXIST', `${path} already exists`);
    }
    const { headerBytes, fileBytes } = new Layout(header);
    this.files.close(createFile(this.files, path, headerBytes, fileBytes, sparse));
  }

  /** The header, or undefined when there is no such file. */
  info(path: string): WhisperHeader | undefined {
    try {
      return this.#open(path, 'read', (fd) => readHeader(this.files, fd));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** One point. One that is in the future or too old for the file throws `TIMESTAMP_NOT_COVERED`. */
  update(path: string, timestamp: number, value: number, nowS: number): void {
    this.#update(path, [[timestamp, value]], ({ header }) => {
      const age = nowS - Math.trunc(timestamp);
      if (!(age >= 0 && age < header.maxRetention)) {
        throw new CarbonbusError('TIMESTAMP_NOT_COVERED', `no archive covers an age of ${age} s`);
      }
      this.#updater.update(this.#batch, nowS);
    });
  }

  /**
   * Points in any order. Of points with the same timestamp the first counts, of points in the same slot the newest.
   * Points too old for the file are left out; a timestamp that no file can hold throws `TIMESTAMP_NOT_COVERED`.
   */
  updateMany(path: string, points: readonly Point[], nowS: number): void {
    const some = points.filter(isOfUnixTime);
    this.#update(path, some, () => this.#updater.update(this.#batch, nowS));
  }

  /** As `WhisperStore.fetch`, of the file at `path`. */
  fetch(
    path: string,
    fromS: number,
    untilS: number,
    nowS: number,
    secondsPerPoint?: number,
  ): FetchedPoints | null {
    return this.#open(path, 'read', (fd) => {
      const layout = readLayout(this.files, fd, this.#layouts);
      const window = fetchWindow(layout, fromS, untilS, nowS, secondsPerPoint);
      return window === null ? null : this.#points(fd, layout, window);
    });
  }

  /** The slots of one archive (its index) after `fromS` and up to `untilS`, however old; at least one. */
  fetchArchive(path: string, archive: number, fromS: number, untilS: number): FetchedPoints {
    return this.#open(path, 'read', (fd) => {
      const layout = readLayout(this.files, fd, this.#layouts);
      return this.#points(fd, layout, alignedWindow(layout, archive, fromS, untilS));
    });
  }

  /** Puts points into one archive (its index), however old, and rolls them up. */
  updateArchive(path: string, archive: number, points: readonly Point[]): void {
    this.#update(path, points, (layout) => {
      assert(archive < layout.archives, 'the file has that archive');
      this.#updater.updateArchive(archive, this.#batch);
    });
  }

  /** Returns the factor that the file had. Roll-ups that exist stay as they are. */
  setXFilesFactor(path: string, xFilesFactor: number): number {
    return this.#setMetadata(path, undefined, xFilesFactor).xFilesFactor;
  }

  /** Returns the method that the file had. Roll-ups that exist stay as they are. */
  setAggregationMethod(path: string, method: string, xFilesFactor?: number): AggregationMethod {
    return this.#setMetadata(path, method, xFilesFactor).aggregationMethod;
  }

  #open<T>(path: string, mode: OpenMode, use: (fd: number) => T): T {
    const fd = this.files.open(path, mode);
    try {
      return use(fd);
    } catch (error) {
      throw withPath(error, path);
    } finally {
      this.files.close(fd);
    }
  }

  /** Runs `put` with the points in the batch and the file selected. */
  #update(path: string, points: readonly Point[], put: (layout: Layout) => void): void {
    if (points.length === 0) return;
    this.#open(path, 'update', (fd) => {
      const layout = readLayout(this.files, fd, this.#layouts);
      // In a batch the last of equal timestamps counts.
      const reversed = points.toReversed();
      const timestamps = reversed.map(([timestamp]) => timestamp);
      this.#batch.load(
        timestamps,
        reversed.map(([, value]) => value),
        points.length,
      );
      if (this.#batch.outOfRange > 0) {
        throw new CarbonbusError('TIMESTAMP_NOT_COVERED', 'a timestamp does not fit 32 bits');
      }
      const cells = this.#bases.take(layout.archives);
      try {
        for (let i = 0; i < layout.archives; i++) {
          this.#bases.base[cells + i] = this.#reader.base(fd, layout, i);
        }
        this.#updater.select(fd, layout, cells);
        put(layout);
      } finally {
        this.#bases.giveBack(cells, layout.archives);
      }
    });
  }

  #points(fd: number, layout: Layout, window: FetchWindow): FetchedPoints {
    const { startS, endS, stepS } = window;
    const known = new Uint8Array((endS - startS) / stepS);
    const base = this.#reader.base(fd, layout, window.archive);
    const values = this.#reader.values(fd, layout, window, base, known);
    return { startS, endS, stepS, values, known };
  }

  #setMetadata(
    path: string,
    method: string | undefined,
    xFilesFactor: number | undefined,
  ): WhisperHeader {
    return this.#open(path, 'update', (fd) => {
      const header = readHeader(this.files, fd);
      const changed = encodeHeader({
        ...header,
        aggregationMethod: checkedMethod(method ?? header.aggregationMethod),
        xFilesFactor: checkedXFilesFactor(xFilesFactor ?? header.xFilesFactor),
      });
      this.files.write(fd, changed, 0, METADATA_BYTES, 0);
      return header;
    });
  }
}

/** The points of a fetch, oldest first. */
export function knownPoints({ startS, stepS, values, known }: FetchedPoints): Point[] {
  const points: Point[] = [];
  for (let i = 0; i < values.length; i++) {
    if (known[i] === 1) points.push([startS + i * stepS, values[i]]);
  }
  return points;
}

/** The same error, saying of which file. */
export function withPath(error: unknown, path: string): unknown {
  if (!(error instanceof CarbonbusError)) return error;
  return new CarbonbusError(error.code, `${path}: ${error.message}`, { cause: error });
}

/** What came before is too old for any file. */
function isOfUnixTime([timestamp]: Point): boolean {
  return !(Math.trunc(timestamp) < 0);
}
