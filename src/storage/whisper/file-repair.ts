import type {
  ArchiveDigest,
  FileDigest,
  SlotRange,
  Slots,
} from '../../protocols/repair-messages.js';
import type { Files } from '../files.js';
import { FileFill, type Filled, type PeerPoints, type Trust } from './file-fill.js';
import { decodeHeader, POINT_BYTES } from './format.js';
import { type Layout, slotOf } from './layout.js';
import { MetricFiles, type MetricFilesOptions } from './metric-files.js';
import { SlotFile } from './slot-file.js';
import { SlotHash } from './slot-hash.js';
import { Updater } from './updater.js';

/** An archive is compared in about so many windows. */
const WINDOWS = 32;
const HASH_BYTES = 8;
const NO_HEADER = new Uint8Array(0);
/** In `own`, which keeps one file at a time. */
const ONLY = 0;

/** A metric by the id that a store knows it by; undefined for a file that no metric of the store has. */
export interface FileOf {
  id: number | undefined;
  name: string;
}

/**
 * Compares whisper files with those of another replica, and takes over what they lack. Slots are compared by time, not by
 * position: two rings with equal points seldom begin at the same one.
 */
export class FileRepair {
  readonly #kept: MetricFiles;
  readonly #keptUpdater: Updater;
  readonly #own: MetricFiles;
  readonly #ownUpdater: Updater;
  readonly #slots: SlotFile;
  readonly #hash = new SlotHash();
  readonly #fill: FileFill;

  /** @param kept the files of the store, by its ids */
  constructor(options: MetricFilesOptions, kept: MetricFiles) {
    const files: Files = options.files;
    this.#kept = kept;
    this.#keptUpdater = new Updater(files, kept.facts.bases);
    this.#own = new MetricFiles({ ...options, openFilesMax: 1 });
    this.#ownUpdater = new Updater(files, this.#own.facts.bases);
    this.#slots = new SlotFile(files);
    this.#fill = new FileFill(files);
  }

  /** Hashes of what each archive holds, of slots that are within its retention at `nowS` and end by `untilS`. */
  digest(file: FileOf, nowS: number, untilS: number): FileDigest {
    const digest: FileDigest = { name: file.name, header: NO_HEADER, archives: [] };
    if (!this.#exists(file)) return digest;
    return this.#using(file, (fd, layout, firstCell, files) => {
      digest.header = layout.headerBytes;
      for (let archive = 0; archive < layout.archives; archive++) {
        const base = files.facts.bases.base[firstCell + archive];
        digest.archives.push(this.#archiveDigest(fd, layout, archive, base, nowS, untilS));
      }
      return digest;
    });
  }

  /** The points of a range. None where there is no file, or no archive of that step. */
  slots(file: FileOf, { stepS, fromS, untilS }: SlotRange): Slots {
    const timestamps: number[] = [];
    const values: number[] = [];
    if (this.#exists(file)) {
      this.#using(file, (fd, layout, firstCell, files) => {
        const archive = layout.step.indexOf(stepS);
        if (archive < 0) return;
        const base = files.facts.bases.base[firstCell + archive];
        const most = layout.points[archive];
        const from = Math.max(fromS, untilS - most * stepS);
        this.#each(fd, layout, archive, base, from, untilS, (interval, i) => {
          if (this.#slots.timestamp(i) !== interval) return;
          timestamps.push(interval);
          values.push(this.#slots.value(i));
        });
      });
    }
    return {
      timestamps: new Uint8Array(Uint32Array.from(timestamps).buffer),
      values: new Uint8Array(Float64Array.from(values).buffer),
    };
  }

  /**
   * Takes over points of a peer's archive, ascending, and rolls up what they change. A file that is missing is made
   * with the peer's header.
   */
  fill(
    file: FileOf,
    header: Uint8Array,
    stepS: number,
    points: PeerPoints,
    trust: Trust,
    nowS: number,
  ): Filled {
    const outcome: Filled = { filled: 0, replaced: 0, doubtful: 0, created: false };
    const files = this.#filesOf(file);
    if (!this.#exists(file)) {
      const decoded = decodeHeader(header);
      const layout = decoded && files.facts.layouts.of(decoded);
      if (layout === undefined || layout.problem !== undefined) return outcome;
      files.create(file.id ?? ONLY, file.name, layout);
      outcome.created = true;
    }
    this.#using(file, (fd, layout, firstCell) => {
      const archive = layout.step.indexOf(stepS);
      if (archive < 0) return;
      const updater = file.id === undefined ? this.#ownUpdater : this.#keptUpdater;
      const open = { fd, layout, firstCell, bases: files.facts.bases, updater };
      this.#fill.fill(open, archive, points, trust, nowS, outcome);
    });
    return outcome;
  }

  #archiveDigest(
    fd: number,
    layout: Layout,
    archive: number,
    base: number,
    nowS: number,
    untilS: number,
  ): ArchiveDigest {
    const stepS = layout.step[archive];
    const { fromS, windowS, count, endS } = windowsOf(stepS, layout.points[archive], nowS, untilS);
    const hashes = new Uint8Array(count * HASH_BYTES);
    const view = new DataView(hashes.buffer);
    const hash = this.#hash;
    if (base !== 0) {
      const first = nowS - layout.retention[archive];
      hash.reset();
      let window = 0;
      this.#each(fd, layout, archive, base, fromS, endS, (interval, i) => {
        const at = Math.floor((interval - fromS) / windowS);
        if (at !== window) {
          hash.put(view, window * HASH_BYTES);
          hash.reset();
          window = at;
        }
        if (this.#slots.timestamp(i) !== interval || interval <= first) return;
        for (let word = 0; word < 3; word++) hash.add(this.#slots.word(i, word));
      });
      if (count > 0) hash.put(view, window * HASH_BYTES);
    }
    return { stepS, fromS, windowS, hashes };
  }

  /** Calls `use` for each interval from `fromS` to before `untilS`; its slot is the `i`th of those that were read. */
  #each(
    fd: number,
    layout: Layout,
    archive: number,
    base: number,
    fromS: number,
    untilS: number,
    use: (interval: number, i: number) => void,
  ): void {
    if (base === 0) return;
    const step = layout.step[archive];
    const points = layout.points[archive];
    const first = Math.ceil(fromS / step) * step;
    for (let interval = first; interval < untilS; ) {
      const slot = slotOf(interval, base, step, points);
      const left = Math.ceil((untilS - interval) / step);
      const length = Math.min(left, points - slot, SlotFile.slotsMax);
      this.#slots.read(fd, layout.offset[archive] + slot * POINT_BYTES, length);
      for (let i = 0; i < length; i++) use(interval + i * step, i);
      interval += length * step;
    }
  }

  #filesOf({ id }: FileOf): MetricFiles {
    return id === undefined ? this.#own : this.#kept;
  }

  #exists(file: FileOf): boolean {
    return this.#filesOf(file).exists(file.name);
  }

  /** Runs `use` on a file that is there. Nothing stays known of one without an id: its metric may get one. */
  #using<T>(
    file: FileOf,
    use: (fd: number, layout: Layout, firstCell: number, files: MetricFiles) => T,
  ): T {
    const files = this.#filesOf(file);
    const id = file.id ?? ONLY;
    try {
      const fd = files.openedExisting(id, () => file.name);
      return use(fd, files.facts.layout(id), files.facts.firstCell(id), files);
    } catch (error) {
      files.forget(id);
      throw error;
    } finally {
      if (file.id === undefined) files.forget(id);
    }
  }
}

/**
 * Into which windows an archive is cut to be compared: they begin at multiples of their length, so that two files that
 * are looked at for the same `nowS` and `untilS` are cut at the same times.
 */
export function windowsOf(
  stepS: number,
  points: number,
  nowS: number,
  untilS: number,
): { fromS: number; windowS: number; count: number; endS: number } {
  const windowS = Math.ceil(points / WINDOWS) * stepS;
  const oldest = (Math.floor((nowS - stepS * points) / stepS) + 1) * stepS;
  const fromS = Math.floor(oldest / windowS) * windowS;
  const endS = Math.floor(untilS / stepS) * stepS;
  return { fromS: fromS, windowS, count: Math.max(0, Math.ceil((endS - fromS) / windowS)), endS };
}
