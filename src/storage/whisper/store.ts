import { assert } from '../../assert.js';
import { errorCode } from '../../errors.js';
import { isMissing } from '../files.js';
import type { AggregationMethod } from './aggregation.js';
import { Batch, TIMESTAMP_MAX } from './batch.js';
import { AskedTime, type ColumnRoom, type FetchedSeries, newColumn } from './fetch.js';
import { FileRepair } from './file-repair.js';
import { checkedMethod, encodeHeader, METADATA_BYTES, type WhisperHeader } from './format.js';
import {
  type HeadWithPoints,
  isForeign,
  MetricFiles,
  type MetricFilesOptions,
} from './metric-files.js';
import { NOBODY, type TimeRange } from './pending-roll-ups.js';
import { PointWriter } from './point-writer.js';
import { type WalkProgress, walkWhisperFiles } from './walk.js';
import { withPath } from './whisper-files.js';
import { countOutcome, noCounts, type WriteOutcome } from './write-outcome.js';

export interface WhisperStoreOptions extends MetricFilesOptions {
  /**
   * Points go to the finest archive at once and to the coarser ones with `flushRollUps`, which the caller then has to
   * call before it counts them as stored. By default each write does both, at several times the cost.
   */
  readonly deferRollUps?: boolean;
  /**
   * Where they are deferred: the third archives and coarser ones are owed theirs for up to so many seconds of the points' time more,
   * until `flushOwed`. 0, as by default: they get them with the second ones.
   */
  readonly coarseRollUpS?: number;
}

/**
 * The whisper files of one shard replica, by dense metric id (u32, given out by the caller, one for each name).
 *
 * Synchronous: the caller cuts its work into slices. What is known of a file stays in memory after its first touch, so
 * nobody else may write to it; `forget` drops that knowledge. Failures are `CarbonbusError`s with the errno code; after
 * one, the file is looked at anew.
 */
export class WhisperStore {
  readonly counters = noCounts();
  /** Compares files with another replica's. What waits to be rolled up has to be `flush`ed before. */
  readonly repair: FileRepair;
  readonly #options: WhisperStoreOptions;
  readonly #files: MetricFiles;
  readonly #writer: PointWriter;
  readonly #batch = new Batch();
  /** Of the write that is under way. */
  #nowS = 0;
  readonly #head: HeadWithPoints = (id, layout) =>
    this.#writer.headWith(id, this.#batch, layout, this.#nowS);
  /** What waits since before is rolled up with the next update that opens its file. */
  #openingMark = 0;
  readonly #outcome: WriteOutcome = {
    written: 0,
    droppedTooOld: 0,
    droppedOutOfRange: 0,
    created: false,
    quarantined: false,
  };

  constructor(options: WhisperStoreOptions) {
    assert(options.openFilesMax >= 1, 'at least one file can be kept open');
    this.#options = options;
    this.#files = new MetricFiles(options);
    const { files, deferRollUps = false, coarseRollUpS = 0 } = options;
    this.#writer = new PointWriter(files, this.#files.facts, deferRollUps, coarseRollUpS);
    this.repair = new FileRepair(options, this.#files);
  }

  /** Whether the files of tagged metrics are named by a hash of their name. */
  get hashTagged(): boolean {
    return this.#options.hashTagged;
  }

  get openFiles(): number {
    return this.#files.open.count;
  }

  /** Metrics with points that are in their finest archive alone. */
  get pendingRollUps(): number {
    return this.#writer.pending.count;
  }

  /** Metrics whose third archive or a coarser one is owed points. */
  get owingRollUps(): number {
    return this.#writer.pending.owing;
  }

  /** From when to when these points are, or somewhat more. Looks at all metrics. */
  get owedRollUps(): TimeRange | undefined {
    return this.#writer.rollUps.owed();
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
    outcome.droppedTooOld = 0;
    outcome.droppedOutOfRange = 0;
    try {
      this.#put(id, name, timestamps, values, count, Math.floor(nowS));
    } catch (error) {
      throw this.#failure(id, name(), error);
    }
    outcome.written = count - outcome.droppedTooOld - outcome.droppedOutOfRange;
    countOutcome(this.counters, outcome);
    return outcome;
  }

  /**
   * The points after `fromS` and up to `untilS`, by whisper's rules (`fetchWindow` has them and their errors). Null when
   * there is no file, or when that time is outside of its retention.
   *
   * @param id of the metric; undefined for one that was never written here
   * @param options.secondsPerPoint chooses the archive
   * @param options.room where the values go
   */
  fetch(
    id: number | undefined,
    name: string,
    fromS: number,
    untilS: number,
    nowS: number,
    { secondsPerPoint, room }: { secondsPerPoint?: number; room?: ColumnRoom } = {},
  ): FetchedSeries | null {
    return this.fetchOf(id, name, new AskedTime(fromS, untilS, nowS, secondsPerPoint), room);
  }

  /** The same of a time that other metrics are asked for too. */
  fetchOf(
    id: number | undefined,
    name: string,
    time: AskedTime,
    room?: ColumnRoom,
  ): FetchedSeries | null {
    if (id !== undefined) this.#rollUpForReading(id, name, time);
    const { facts, reader } = this.#files;
    return this.#files.reading(id, name, (fd, layout, firstCell) => {
      const window = time.windowIn(layout);
      if (window === null) return null;
      const base =
        firstCell === undefined
          ? reader.base(fd, layout, window.archive)
          : facts.bases.base[firstCell + window.archive];
      const { startS, endS, stepS } = window;
      return {
        startS,
        endS,
        stepS,
        values: reader.values(fd, layout, window, base, undefined, room),
      };
    });
  }

  /** Whether a metric has a file, or what stands in the place of one. */
  hasFile(id: number | undefined, name: () => string): boolean {
    return (id !== undefined && this.#files.facts.isKnown(id)) || this.#files.exists(name());
  }

  /** The answer of `fetch` for a metric whose file is still to be made: the right slots, and no point. */
  emptySeries(name: string, time: AskedTime, room: ColumnRoom = newColumn): FetchedSeries | null {
    const window = time.windowIn(this.#files.newLayout(name));
    if (window === null) return null;
    const { startS, endS, stepS } = window;
    const values = room(startS, endS, stepS).fill(Number.NaN);
    return { startS, endS, stepS, values };
  }

  /** The header of a metric's file; null when there is none. */
  header(id: number | undefined, name: string): WhisperHeader | null {
    const { facts } = this.#files;
    if (id !== undefined && facts.isKnown(id)) return facts.layout(id).header;
    return this.#files.reading(id, name, (_, layout) => layout.header);
  }

  /** The header that a metric's file has, or would be created with. */
  headerOrNew(id: number | undefined, name: string): WhisperHeader {
    return this.header(id, name) ?? this.#files.newLayout(name).header;
  }

  /**
   * Sets the aggregation method in the header of a metric's file: what is rolled up from now on follows it, what is in the
   * coarser archives stays.
   *
   * @returns the method that it had; null when there is no file
   * Errors: `INVALID_METHOD`, or the errno code of what the file system refused.
   */
  setAggregationMethod(id: number, name: string, method: string): AggregationMethod | null {
    const aggregationMethod = checkedMethod(method);
    this.flush(id, () => name);
    const header = this.header(id, name);
    if (header === null) return null;
    try {
      const fd = this.#files.openedExisting(id, () => name);
      const bytes = encodeHeader({ ...header, aggregationMethod });
      this.#options.files.write(fd, bytes, 0, METADATA_BYTES, 0);
    } catch (error) {
      throw this.#failure(id, name, error);
    }
    this.forget(id);
    return header.aggregationMethod;
  }

  /** Moves a file that is damaged out of the way, as a write does, and makes no new one. */
  putAside(id: number | undefined, name: string, nowS: number): void {
    if (id !== undefined) this.forget(id);
    this.#files.putAside(name, nowS);
    this.counters.quarantined++;
  }

  /** Paths of all whisper files, relative to the root, as they are found. The caller pauses where it wants to. */
  names(progress?: WalkProgress): Generator<string> {
    return walkWhisperFiles(this.#options.files, this.#options.root, progress);
  }

  /** Where the file of a metric is. */
  path(name: string): string {
    return this.#files.path(name);
  }

  /** For `flushRollUps`: stands for all points written up to now. */
  rollUpMark(): number {
    return this.#writer.pending.mark;
  }

  /**
   * Rolls up what was written before `mark` was taken, of up to `metricsMax` metrics, those that wait longest first. What they owe to
   * coarser archives they may go on owing.
   *
   * @returns true when nothing from before the mark waits any more. An error leaves the rest waiting.
   */
  flushRollUps(mark: number, metricsMax: number, nameOf: (id: number) => string): boolean {
    const { pending, rollUps } = this.#writer;
    for (let n = 0; n < metricsMax; n++) {
      const id = pending.first(mark);
      if (id === NOBODY) return true;
      const name = (): string => nameOf(id);
      if (pending.has(id)) this.#rollUp(id, name, (fd) => rollUps.rollUpNext(id, fd));
      pending.shift();
    }
    return pending.first(mark) === NOBODY;
  }

  /**
   * Rolls up what up to `metricsMax` metrics, round and round, owe to their coarser archives: those alone that have no point since
   * `untilS`, or may have been left with something by an earlier process. Metrics with points that wait are left out.
   *
   * @returns true when there are no more of them
   */
  flushOwed(untilS: number, metricsMax: number, nameOf: (id: number) => string): boolean {
    const { pending } = this.#writer;
    for (let n = 0; n < metricsMax; n++) {
      const id = pending.nextOwing(untilS);
      if (id === NOBODY) return true;
      this.flush(id, () => nameOf(id));
    }
    return false;
  }

  /** Takes over what an earlier process has left, its `owedRollUps`: any of these metrics may owe that. */
  takeOverOwed(left: TimeRange, ids: Iterable<number>, nowS: number): void {
    const { pending, rollUps } = this.#writer;
    rollUps.takeOver(left, nowS);
    for (const id of ids) pending.oweLeft(id);
  }

  /**
   * From now on an update that has to open its file also rolls up what was written before `mark` was taken: later the file
   * would have to be opened for that alone.
   */
  rollUpOnOpening(mark: number): void {
    this.#openingMark = mark;
  }

  /** Rolls up what was written of one metric, into all archives. Nothing to do for a file that has gone or is damaged. */
  flush(id: number, name: () => string): void {
    const { pending, rollUps } = this.#writer;
    if (pending.waits(id)) this.#rollUp(id, name, (fd) => rollUps.rollUp(id, fd));
  }

  /** Looks whether kept files were removed, the next `filesMax` of them in turn, and lets go of those that were. */
  checkOpenFiles(filesMax: number): void {
    this.#files.check(filesMax);
  }

  /** Runs `open`, which opens a file of somebody else's; closes files kept here when there are no descriptors left. */
  lettingGo<T>(open: () => T): T {
    return this.#files.open.openWith(open);
  }

  /** Drops all that is known of a metric's file and closes it: it was changed, moved or removed by someone else. */
  forget(id: number): void {
    this.#files.forget(id);
  }

  /** Closes all files. What waits to be rolled up still waits. */
  close(): void {
    this.#files.open.closeAll();
  }

  #put(
    id: number,
    name: () => string,
    timestamps: ArrayLike<number>,
    values: ArrayLike<number>,
    count: number,
    nowS: number,
  ): void {
    const files = this.#files;
    let fd = -1;
    this.#writer.rollUps.nowS = nowS;
    if (files.facts.isKnown(id) && timestamps[0] > 0 && timestamps[0] <= TIMESTAMP_MAX) {
      fd = files.opened(id, name, nowS);
      if (this.#writer.putRun(id, fd, timestamps, values, count, nowS)) {
        this.#noteUpdate(id, fd);
        return;
      }
    }
    const batch = this.#batch;
    batch.load(timestamps, values, count);
    this.#outcome.droppedOutOfRange = batch.outOfRange;
    if (batch.count === 0) return;
    this.#nowS = nowS;
    if (fd < 0) fd = files.opened(id, name, nowS, this.#head);
    if (files.hasPoints) this.#writer.madeWith(id, fd, batch);
    else this.#outcome.droppedTooOld = this.#writer.put(id, fd, batch, nowS);
    this.#noteUpdate(id, fd);
  }

  #noteUpdate(id: number, fd: number): void {
    const { opening } = this.#files;
    if (opening === 'found') this.#writer.rollUpBefore(this.#openingMark, id, fd);
    this.counters.updateOperations++;
    this.#outcome.quarantined = opening === 'replaced';
    this.#outcome.created = opening === 'replaced' || opening === 'created';
  }

  #failure(id: number, name: string, error: unknown): unknown {
    this.forget(id);
    this.counters.errors++;
    return withPath(error, this.path(name));
  }

  #rollUp(id: number, name: () => string, rollUp: (fd: number) => void): void {
    try {
      rollUp(this.#files.openedExisting(id, name));
    } catch (error) {
      const failure = this.#failure(id, name(), error);
      if (!isMissing(error) && !isForeign(error)) throw failure;
      this.#writer.pending.settle(id);
      this.#writer.pending.clear(id);
    }
  }

  /** Rolls up what the archive lacks that will be read. A disk that takes no roll-ups still answers, with what it has. */
  #rollUpForReading(id: number, name: string, time: AskedTime): void {
    const { facts } = this.#files;
    const { pending, rollUps } = this.#writer;
    if (!pending.waits(id)) return;
    try {
      const archive = facts.isKnown(id) ? time.windowIn(facts.layout(id))?.archive : undefined;
      if (archive === 0) return;
      if (archive !== 1) this.flush(id, () => name);
      else if (pending.has(id))
        this.#rollUp(
          id,
          () => name,
          (fd) => rollUps.rollUpNext(id, fd),
        );
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
    }
  }
}
