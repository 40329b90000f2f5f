import type { Files } from '../files.js';
import { type Batch, TIMESTAMP_MAX } from './batch.js';
import type { FileFacts } from './file-facts.js';
import type { Layout } from './layout.js';
import type { PendingRollUps } from './pending-roll-ups.js';
import { RollUps } from './roll-ups.js';
import { Updater } from './updater.js';

/**
 * Puts points into the files of metrics, and rolls them up: at once, or later for many updates together, where the result
 * is the same. All files are open, and their facts known.
 */
export class PointWriter {
  /** What is not rolled up yet. */
  readonly rollUps: RollUps;
  readonly #facts: FileFacts;
  readonly #updater: Updater;
  readonly #defers: boolean;

  /**
   * @param defers whether roll-ups may wait for `rollUp`
   * @param coarseRollUpS see `RollUps`
   */
  constructor(files: Files, facts: FileFacts, defers: boolean, coarseRollUpS: number) {
    this.#facts = facts;
    this.#updater = new Updater(files, facts.bases);
    this.#defers = defers;
    this.rollUps = new RollUps(facts, this.#updater, coarseRollUpS);
  }

  get pending(): PendingRollUps {
    return this.rollUps.pending;
  }

  /**
   * The usual case of `put`, without a batch: points of some slots in a row, each of a slot of its own, whose roll-ups may wait.
   * The first must have a timestamp.
   *
   * @returns false, and has done nothing, where they are no such points
   */
  putRun(
    id: number,
    fd: number,
    timestamps: ArrayLike<number>,
    values: ArrayLike<number>,
    count: number,
    nowS: number,
  ): boolean {
    const layout = this.#select(id, fd);
    const fromS = Math.trunc(timestamps[0]);
    const toS = Math.trunc(timestamps[count - 1]);
    if (!this.#defers || layout.archives === 1 || toS > TIMESTAMP_MAX) return false;
    if (!isCovered(layout, fromS, nowS)) return false;
    if (!this.#updater.takeRun(timestamps, values, count)) return false;
    if (!this.rollUps.fits(id, layout, fromS, toS)) return false;
    // Before the points, so that a write that fails half way is covered.
    this.pending.add(id, fromS, toS);
    this.#updater.writeRun();
    return true;
  }

  /** Writes a batch, not empty, to a metric's file; returns how many of its points are too old for it. */
  put(id: number, fd: number, batch: Batch, nowS: number): number {
    const layout = this.#select(id, fd);
    const fromS = batch.timestamps[0];
    const toS = batch.timestamps[batch.count - 1];
    if (this.#mayWait(layout, batch, nowS)) {
      if (!this.rollUps.fits(id, layout, fromS, toS)) this.rollUp(id, fd);
      if (layout.canRollUpTogether(fromS, toS)) {
        this.pending.add(id, fromS, toS);
        this.#updater.write(batch);
        return 0;
      }
    }
    this.rollUp(id, fd);
    return this.#updater.update(batch, nowS);
  }

  /**
   * What a new file begins with that is made with the batch in it, so that no write is needed besides; undefined where the
   * batch has to be `put` into an empty one.
   */
  headWith(id: number, batch: Batch, layout: Layout, nowS: number): Uint8Array | undefined {
    const fromS = batch.timestamps[0];
    const toS = batch.timestamps[batch.count - 1];
    if (this.pending.waits(id) || !isCovered(layout, fromS, nowS)) return undefined;
    const isAll =
      layout.archives === 1 ||
      (this.#mayWait(layout, batch, nowS) && layout.canRollUpTogether(fromS, toS));
    return isAll ? this.#updater.headWith(batch, layout) : undefined;
  }

  /** Notes that the metric's file was made with what `headWith` returned for the batch. */
  madeWith(id: number, fd: number, batch: Batch): void {
    const layout = this.#select(id, fd);
    this.#updater.madeWith(batch);
    if (layout.archives === 1) return;
    this.pending.add(id, batch.timestamps[0], batch.timestamps[batch.count - 1]);
  }

  /** Rolls up what waits in a metric's file. */
  rollUp(id: number, fd: number): void {
    if (this.pending.waits(id)) this.rollUps.rollUp(id, fd);
  }

  /** Rolls up what is due if something waits since before `mark`, a place in `pending`. */
  rollUpBefore(mark: number, id: number, fd: number): void {
    if (!this.pending.waitsBefore(id, mark)) return;
    this.rollUps.rollUpNext(id, fd);
    this.pending.leave(id);
  }

  #select(id: number, fd: number): Layout {
    const layout = this.#facts.layout(id);
    this.#updater.select(fd, layout, this.#facts.firstCell(id));
    return layout;
  }

  /**
   * Whether the points belong into the finest archive, with roll-ups that need not be made at once. What waits is rolled up
   * from its first point to its last: were there windows between that got none, they would be made anew, and whisper
   * leaves them as they are.
   */
  #mayWait(layout: Layout, { timestamps, widestGapS }: Batch, nowS: number): boolean {
    if (!this.#defers || layout.archives === 1 || widestGapS > layout.step[1]) return false;
    return isCovered(layout, timestamps[0], nowS);
  }
}

/** Whether the finest archive reaches back to points from `fromS` on. */
function isCovered(layout: Layout, fromS: number, nowS: number): boolean {
  return fromS > 0 && fromS >= nowS - layout.finest.retention;
}
