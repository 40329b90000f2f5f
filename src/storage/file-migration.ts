import { CarbonbusError } from '../errors.js';
import { copiedPoints, fileOf, pointsOfFile } from './copied-points.js';
import { type Files, isMissing } from './files.js';
import type { CreationRules } from './schemas.js';
import { encodeHeader, newHeader, type WhisperHeader } from './whisper/format.js';
import { LayoutTable } from './whisper/layout.js';
import type { WhisperStore } from './whisper/store.js';

const UNFINISHED = '.migrate-new';

/** `same`: as the rules say, or there is no file; `differs`: it would be changed; `changed`: it was. */
export type Migrated = 'same' | 'differs' | 'changed';

/** Gives files of a store the archives, aggregation method and xFilesFactor that the rules say now. */
export class FileMigration {
  readonly #files: Files;
  readonly #store: WhisperStore;
  readonly #rules: () => CreationRules;
  readonly #sparse: boolean;

  constructor(options: {
    files: Files;
    store: WhisperStore;
    rules: () => CreationRules;
    sparse: boolean;
  }) {
    this.#files = options.files;
    this.#store = options.store;
    this.#rules = options.rules;
    this.#sparse = options.sparse;
  }

  /** Whether the file of a metric differs from the rules; nothing is changed. */
  compare(id: number, name: string): Migrated {
    const header = this.#store.header(id, name);
    return header === null || isSame(header, this.#wanted(name)) ? 'same' : 'differs';
  }

  /**
   * Changes the file of a metric if it differs from the rules. The new file is made beside it as `<file>.migrate-new`,
   * and takes its place when it is complete and on the disk: whoever dies meanwhile leaves the old one or the new one.
   * Nobody else may write to the file before the call returns.
   */
  migrate(id: number, name: string, nowS: number): Migrated {
    const path = this.#store.path(name);
    this.#removeUnfinished(path);
    if (this.compare(id, name) === 'same') return 'same';
    this.#store.flush(id, () => name);
    const wanted = this.#wanted(name);
    const bytes = this.#files.readAll(path);
    const header = headerOf(path, bytes);
    const isSameMethod = header.aggregationMethod === wanted.aggregationMethod;
    const points = copiedPoints(pointsOfFile(bytes, header, nowS), wanted, nowS, isSameMethod);
    try {
      this.#replace(path, wanted, fileOf(wanted, encodeHeader(wanted), points));
    } finally {
      this.#store.forget(id);
    }
    return 'changed';
  }

  #wanted(name: string): WhisperHeader {
    const { archives, xFilesFactor, method } = this.#rules().match(name);
    return newHeader(archives, xFilesFactor, method);
  }

  #replace(path: string, { archives }: WhisperHeader, file: ReturnType<typeof fileOf>): void {
    const unfinished = `${path}${UNFINISHED}`;
    try {
      this.#write(unfinished, file);
      this.#files.rename(unfinished, path);
    } catch (error) {
      this.#removeUnfinished(path);
      const what = archives.map((one) => `${one.secondsPerPoint}:${one.points}`).join(',');
      throw error instanceof CarbonbusError
        ? new CarbonbusError(error.code, `${path} to ${what}: ${error.message}`, { cause: error })
        : error;
    }
    this.#files.syncFolder(path.slice(0, path.lastIndexOf('/')));
  }

  /** What the log has long dropped is nowhere else: it must be on the disk before the old file goes. */
  #write(path: string, { bytes, used }: ReturnType<typeof fileOf>): void {
    const files = this.#files;
    const fd = files.open(path, 'replace');
    try {
      files.resize(fd, bytes.length);
      const parts = this.#sparse ? used : [{ from: 0, to: bytes.length }];
      for (const { from, to } of parts) files.write(fd, bytes, from, to - from, from);
      files.sync(fd);
    } finally {
      files.close(fd);
    }
  }

  /** Also what a process that died while it migrated has left behind. */
  #removeUnfinished(path: string): void {
    const unfinished = `${path}${UNFINISHED}`;
    if (this.#files.size(unfinished) === undefined) return;
    try {
      this.#files.remove(unfinished);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}

/** The header of a whole file, whose layout is in order. */
function headerOf(path: string, bytes: Uint8Array): WhisperHeader {
  const layout = new LayoutTable().ofBytes(bytes);
  let problem = layout === undefined ? 'not a whisper file' : layout.problem;
  if (layout !== undefined && bytes.length < layout.fileBytes) problem ??= 'it is truncated';
  if (layout === undefined || problem !== undefined) {
    throw new CarbonbusError('CORRUPT_FILE', `${path}: ${problem}`);
  }
  return layout.header;
}

function isSame(a: WhisperHeader, b: WhisperHeader): boolean {
  return (
    a.aggregationMethod === b.aggregationMethod &&
    a.xFilesFactor === b.xFilesFactor &&
    a.archives.length === b.archives.length &&
    a.archives.every(
      ({ secondsPerPoint, points }, i) =>
        secondsPerPoint === b.archives[i].secondsPerPoint && points === b.archives[i].points,
    )
  );
}
