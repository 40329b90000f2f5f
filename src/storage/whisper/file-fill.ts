import type { Files } from '../files.js';
import type { ArchiveBases } from './archive-bases.js';
import { Batch } from './batch.js';
import { POINT_BYTES } from './format.js';
import { type Layout, slotOf } from './layout.js';
import { SlotFile } from './slot-file.js';
import type { Updater } from './updater.js';

/** What may be changed where a file and its peer's say different things of one time. */
export interface Trust {
  /** Slots of this time are the peer's: the file is known to lack points of it. */
  fromS: number;
  untilS: number;
  /** Other differences were there some time ago as well, and are decided now. */
  decides: boolean;
}

export interface Filled {
  /** Slots that were empty, or older. */
  filled: number;
  /** Slots whose value was replaced. */
  replaced: number;
  /** Slots with another value than the peer's, about which nothing was decided. */
  doubtful: number;
  created: boolean;
}

/** A file that is open, with what is known of it. */
export interface OpenFile {
  fd: number;
  layout: Layout;
  /** Of the file in `bases`. */
  firstCell: number;
  bases: ArchiveBases;
  updater: Updater;
}

/** Points of a peer's archive, ascending. */
export interface PeerPoints {
  timestamps: Uint32Array;
  values: Float64Array;
}

/** Takes over points of a peer's whisper file, and rolls up what they change. */
export class FileFill {
  readonly #slots: SlotFile;
  readonly #batch = new Batch();
  readonly #some = new Batch();

  constructor(files: Files) {
    this.#slots = new SlotFile(files);
  }

  /** @param outcome counts what became of the points */
  fill(
    file: OpenFile,
    archive: number,
    { timestamps, values }: PeerPoints,
    trust: Trust,
    nowS: number,
    outcome: Filled,
  ): void {
    const { layout } = file;
    const step = layout.step[archive];
    const oldest = nowS - layout.retention[archive];
    const finerFrom = archive === 0 ? nowS : nowS - layout.retention[archive - 1];
    const wantedT: number[] = [];
    const wantedV: number[] = [];
    file.updater.select(file.fd, layout, file.firstCell);
    for (let i = 0; i < timestamps.length; i++) {
      const interval = timestamps[i];
      if (interval % step !== 0 || interval <= oldest || interval > nowS) continue;
      if (interval > finerFrom && this.#rollUp(file, archive, interval, outcome)) continue;
      const verdict = this.#verdict(file, archive, interval, values[i], trust);
      if (verdict === 'same') continue;
      outcome[verdict]++;
      if (verdict === 'doubtful') continue;
      wantedT.push(interval);
      wantedV.push(values[i]);
    }
    this.#batch.load(wantedT, wantedV, wantedT.length);
    if (wantedT.length > 0) this.#put(file, archive, nowS);
  }

  /**
   * Makes a slot anew from the finer archive, which is compared as well: whoever is killed before it rolls up, and cannot read
   * the points again, has an old value. False where the finer archive has too little.
   */
  #rollUp(file: OpenFile, archive: number, interval: number, outcome: Filled): boolean {
    const known = this.#read(file, archive, interval);
    const before = this.#slots.value(0);
    const endS = interval + file.layout.step[archive] - 1;
    if (!file.updater.rollUpFrom(archive - 1, interval, endS)) return false;
    this.#read(file, archive, interval);
    if (known !== interval) outcome.filled++;
    else if (!Object.is(before, this.#slots.value(0))) outcome.replaced++;
    return true;
  }

  /** What a point of the peer's does to its slot. */
  #verdict(
    file: OpenFile,
    archive: number,
    interval: number,
    value: number,
    trust: Trust,
  ): 'filled' | 'replaced' | 'same' | 'doubtful' {
    const known = this.#read(file, archive, interval);
    if (known < interval) return 'filled';
    const ours = this.#slots.value(0);
    if (known > interval || Object.is(ours, value)) return 'same';
    const end = interval + file.layout.step[archive];
    if (end > trust.fromS && interval < trust.untilS) return 'replaced';
    if (!trust.decides) return 'doubtful';
    return isLarger(value, ours) ? 'replaced' : 'same';
  }

  /**
   * Reads the slot of an interval. Returns the interval that it holds; 0 for none. One that belongs elsewhere counts for
   * nothing: a power cut may leave it, where it takes back what said at which interval the ring begins.
   */
  #read({ fd, layout, firstCell, bases }: OpenFile, archive: number, interval: number): number {
    const base = bases.base[firstCell + archive];
    if (base === 0) return 0;
    const slot = slotOf(interval, base, layout.step[archive], layout.points[archive]);
    this.#slots.read(fd, layout.offset[archive] + slot * POINT_BYTES, 1);
    const known = this.#slots.timestamp(0);
    return (known - interval) % layout.retention[archive] === 0 ? known : 0;
  }

  /** Writes the batch. What an archive no longer has whole is not rolled up from it. */
  #put({ updater, layout }: OpenFile, archive: number, nowS: number): void {
    const { timestamps, values, count } = this.#batch;
    let old = count;
    if (archive + 1 < layout.archives) {
      const whole = nowS - layout.retention[archive] + layout.step[archive + 1];
      for (old = 0; old < count && timestamps[old] <= whole; ) old++;
    }
    if (old > 0) {
      this.#some.load(timestamps, values, old);
      updater.writeArchive(archive, this.#some);
    }
    if (old === count) return;
    this.#some.load(timestamps.subarray(old), values.subarray(old), count - old);
    updater.updateArchive(archive, this.#some);
  }
}

/** Which of two values that are not the same stays on every replica: the one with the larger bits. */
function isLarger(a: number, b: number): boolean {
  const bits = new BigUint64Array(Float64Array.of(a, b).buffer);
  return bits[0] > bits[1];
}
