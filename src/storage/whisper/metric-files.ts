import { errorCode } from '../../errors.js';
import { type Files, isMissing, isUnnameable } from '../files.js';
import { MetricPaths } from '../metric-path.js';
import type { CreationRule, CreationRules } from '../schemas.js';
import { ArchiveReader } from './fetch.js';
import { FileFacts } from './file-facts.js';
import { newHeader } from './format.js';
import { createFile, readLayout } from './header-file.js';
import { KeptPaths } from './kept-paths.js';
import { KnownFolders } from './known-folders.js';
import type { Layout } from './layout.js';
import { OpenFiles } from './open-files.js';
import { withPath } from './whisper-files.js';

export interface MetricFilesOptions {
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

/** What became of the file of a metric when it was opened for writing; `kept`: it was open. */
export type Opening = 'kept' | 'found' | 'created' | 'replaced';

/** What a new file with this layout begins with where points are at hand: its header and they; undefined: they have to be written. */
export type HeadWithPoints = (id: number, layout: Layout) => Uint8Array | undefined;

/** The files of metrics by id: found or made, kept open, with what has to be known of them. */
export class MetricFiles {
  readonly facts = new FileFacts();
  readonly open: OpenFiles;
  readonly reader: ArchiveReader;
  /** Of the last call of `opened`, and whether it made a file with the points that it was given. */
  opening: Opening = 'kept';
  hasPoints = false;
  readonly #options: MetricFilesOptions;
  readonly #files: Files;
  readonly #layoutOfRule = new WeakMap<CreationRule, Layout>();
  readonly #paths: MetricPaths;
  readonly #kept: KeptPaths;
  readonly #folders: KnownFolders;

  constructor(options: MetricFilesOptions) {
    this.#options = options;
    this.#files = options.files;
    this.#paths = new MetricPaths(options.root, options.hashTagged);
    this.#kept = new KeptPaths((name) => this.#paths.of(name));
    this.#folders = new KnownFolders(options.files);
    this.open = new OpenFiles(options.files, options.openFilesMax);
    this.reader = new ArchiveReader(options.files);
  }

  /** Where the file of a metric is. */
  path(name: string): string {
    return this.#paths.of(name);
  }

  exists(name: string): boolean {
    return this.#files.size(this.path(name)) !== undefined;
  }

  /** The layout that the file of a metric would be made with. */
  newLayout(name: string): Layout {
    const rule = this.#options.schemas().match(name);
    let layout = this.#layoutOfRule.get(rule);
    if (layout === undefined) {
      layout = this.facts.layouts.of(newHeader(rule.archives, rule.xFilesFactor, rule.method));
      this.#layoutOfRule.set(rule, layout);
    }
    return layout;
  }

  /**
   * The file of a metric, open and with its facts known. It is made when it is missing, and made anew when what is there
   * is damaged or not a whisper file, which is put aside as `<file>.corrupt-<nowS>`.
   */
  opened(id: number, name: () => string, nowS: number, head?: HeadWithPoints): number {
    this.hasPoints = false;
    const known = this.facts.isKnown(id);
    const kept = this.open.get(id);
    this.opening = kept >= 0 ? 'kept' : 'found';
    if (known && kept >= 0) return kept;
    const path = this.#kept.of(id, name);
    // A metric seen for the first time is often new: to look costs less than an exception.
    if (!known && this.#files.size(path) === undefined) return this.#createWith(id, name(), head);
    try {
      return this.#openExisting(id, kept, path);
    } catch (error) {
      if (isMissing(error)) return this.#createWith(id, name(), head);
      if (!isForeign(error)) throw error;
    }
    this.forget(id);
    this.putAside(name(), nowS);
    const fd = this.#createWith(id, name(), head);
    this.opening = 'replaced';
    return fd;
  }

  /** Renames the file of a metric to `<file>.corrupt-<nowS>`. */
  putAside(name: string, nowS: number): void {
    const path = this.path(name);
    this.#files.rename(path, `${path}.corrupt-${nowS}`);
  }

  /** As `opened`, of a file that must be there. Errors: `ENOENT`, `CORRUPT_FILE`, `EISDIR`. */
  openedExisting(id: number, name: () => string): number {
    const kept = this.open.get(id);
    return this.facts.isKnown(id) && kept >= 0
      ? kept
      : this.#openExisting(id, kept, this.#kept.of(id, name));
  }

  /**
   * Runs `use` on the open file of a metric, with its first cell where its facts are known.
   *
   * @returns null when there is no file
   */
  reading<T>(
    id: number | undefined,
    name: string,
    use: (fd: number, layout: Layout, firstCell: number | undefined) => T,
  ): T | null {
    const kept = id === undefined ? -1 : this.#keptForReading(id, name);
    let fd = kept;
    try {
      if (fd < 0) fd = this.open.openWith(() => this.#files.open(this.path(name), 'read'));
      return id !== undefined && this.facts.isKnown(id)
        ? use(fd, this.facts.layout(id), this.facts.firstCell(id))
        : use(fd, readLayout(this.#files, fd, this.facts.layouts), undefined);
    } catch (error) {
      if (isMissing(error) || isUnnameable(error)) return null;
      throw withPath(error, this.path(name));
    } finally {
      if (fd >= 0 && fd !== kept) this.#files.close(fd);
    }
  }

  /** Looks whether kept files were removed, the next `filesMax` of them in turn, and lets go of those that were. */
  check(filesMax: number): void {
    for (let n = Math.min(filesMax, this.open.count); n > 0; n--) {
      const id = this.open.nextId();
      if (this.#files.status(this.open.peek(id)).links === 0) this.forget(id);
    }
  }

  /** Drops all that is known of a metric's file and closes it. */
  forget(id: number): void {
    this.#folders.forget();
    this.#kept.forget(id);
    this.facts.forget(id);
    this.open.close(id);
  }

  /**
   * The file, open as for writing: it is read again, or written, soon. -1 where that cannot be, for whatever reason: reading
   * may do without.
   */
  #keptForReading(id: number, name: string): number {
    try {
      return this.openedExisting(id, () => name);
    } catch {
      this.open.close(id);
      return -1;
    }
  }

  #openExisting(id: number, kept: number, path: string): number {
    const fd = kept >= 0 ? kept : this.open.open(id, path);
    if (!this.facts.isKnown(id)) this.#learn(id, fd);
    return fd;
  }

  #learn(id: number, fd: number): void {
    const layout = readLayout(this.#files, fd, this.facts.layouts);
    const bases = layout.header.archives.map((_, i) => this.reader.base(fd, layout, i));
    const first = this.facts.learn(id, layout);
    this.facts.bases.base.set(bases, first);
  }

  #createWith(id: number, name: string, headWithPoints: HeadWithPoints | undefined): number {
    const layout = this.newLayout(name);
    const head = headWithPoints?.(id, layout);
    const fd = this.create(id, name, layout, head);
    this.hasPoints = head !== undefined;
    return fd;
  }

  /** Makes the file of a metric, which begins with `head`. */
  create(id: number, name: string, layout: Layout, head = layout.headerBytes): number {
    const path = this.path(name);
    this.facts.forget(id);
    this.open.close(id);
    const fd = this.#folders.within(path.slice(0, path.lastIndexOf('/')), () =>
      this.open.openWith(() =>
        createFile(this.#files, path, head, layout.fileBytes, this.#options.sparse),
      ),
    );
    this.open.keep(id, fd);
    this.facts.learn(id, layout);
    this.opening = 'created';
    return fd;
  }
}

/** Something is there, and it is not a whisper file. */
export function isForeign(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'CORRUPT_FILE' || code === 'EISDIR';
}
