import type { FileFacts } from './file-facts.js';
import { intervalOf, type Layout } from './layout.js';
import { PendingRollUps, type TimeRange } from './pending-roll-ups.js';
import type { Updater } from './updater.js';

/** So much of the time that can be rolled up together from a second archive may be owed to the third at most. */
const OWED_PART = 1 / 8;

/**
 * Rolls up what was written to the finest archives: what waits goes to the second ones, and from there to the third and coarser
 * ones once for each period of some length, which is owed to them meanwhile. All files are open, and their facts known.
 *
 * Periods lie in the time of the points. So the last timestamp of a metric says since when it owes: since its period began.
 */
export class RollUps {
  readonly pending = new PendingRollUps();
  /** The time of the last write: points far from it are rolled up into all archives at once. */
  nowS = 0;
  readonly #facts: FileFacts;
  readonly #updater: Updater;
  readonly #coarseS: number;
  /** What an earlier process may have owed, of those metrics that `pending` knows; and when that was. */
  #left: TimeRange | undefined;
  #takenOverS = 0;

  /** @param coarseS length of a period, whole seconds; 0: all archives get what the second one gets */
  constructor(facts: FileFacts, updater: Updater, coarseS: number) {
    this.#facts = facts;
    this.#updater = updater;
    this.#coarseS = coarseS;
  }

  /**
   * Whether points can be rolled up together with what waits: into the second archive, and with what the metric owes into the
   * coarser ones.
   */
  fits(id: number, layout: Layout, fromS: number, toS: number): boolean {
    const { pending } = this;
    const waits = pending.has(id);
    const firstS = waits ? Math.min(fromS, pending.fromS(id)) : fromS;
    const lastS = waits ? Math.max(toS, pending.toS(id)) : toS;
    if (!layout.canRollUpTogether(firstS, lastS)) return false;
    if (!pending.owes(id)) return true;
    if (!waits && !this.#goesOn(id, layout, fromS)) return false;
    return lastS - firstS < layout.coarseSpanS * (1 - OWED_PART);
  }

  /** Rolls up what waits of a metric and what it owes. */
  rollUp(id: number, fd: number): void {
    this.#rollUpAll(id, this.#select(id, fd));
  }

  /** Rolls up what waits into the second archive, and into the coarser ones those periods that are over by then. */
  rollUpNext(id: number, fd: number): void {
    const layout = this.#select(id, fd);
    if (this.#mayOwe(layout, this.pending.fromS(id), this.pending.toS(id)))
      this.#rollUpSome(id, layout);
    else this.#rollUpAll(id, layout);
  }

  /** What metrics owe, all together: from when to when. It may begin somewhat too early. */
  owed(): TimeRange | undefined {
    const { pending } = this;
    const left = pending.hasLeft ? this.#left : undefined;
    const owed = pending.owed();
    if (owed === undefined) return left;
    // The period of whatever was written last began within this.
    const fromS = owed.fromS - this.#coarseS;
    return {
      fromS: Math.min(fromS, left?.fromS ?? fromS),
      toS: Math.max(owed.toS, left?.toS ?? 0),
    };
  }

  /** Takes over what an earlier process owed; `pending.oweLeft` says which metrics may be concerned. */
  takeOver(left: TimeRange, nowS: number): void {
    this.#left = left;
    this.#takenOverS = nowS;
  }

  /** Whether points follow on what the metric owes, in the same period. */
  #goesOn(id: number, layout: Layout, fromS: number): boolean {
    const owedS = this.pending.toS(id);
    return fromS >= owedS && this.#beganS(layout, fromS) === this.#beganS(layout, owedS);
  }

  /**
   * Whether the coarser archives may wait for points of this time. What metrics owe is to be a short range for all of them together,
   * and the whole period is to be in the second archive still: windows of which it has lost a part cannot be made anew.
   */
  #mayOwe(layout: Layout, fromS: number, toS: number): boolean {
    if (layout.archives < 3 || this.#periodOf(layout) === 0) return false;
    if (fromS < this.nowS - layout.coarseSpanS / 2) return false;
    return toS >= this.nowS - 2 * this.#coarseS && toS <= this.nowS + this.#coarseS;
  }

  /** Of a metric with points that wait. */
  #rollUpSome(id: number, layout: Layout): void {
    const { pending } = this;
    const fromS = pending.fromS(id);
    const toS = pending.toS(id);
    const owes = pending.owes(id);
    this.#rollUpLeft(id, layout);
    const hasMore = this.#updater.rollUpOnce(fromS, toS) || owes;
    const firstS = owes ? this.#beganS(layout, fromS) : fromS;
    const lastS = this.#beganS(layout, toS);
    if (hasMore && firstS < lastS) this.#updater.rollUpFrom(1, firstS, lastS - 1);
    pending.settle(id);
    if (hasMore) pending.owe(id);
    pending.clear(id);
  }

  #rollUpAll(id: number, layout: Layout): void {
    const { pending } = this;
    const waits = pending.has(id);
    const fromS = waits ? pending.fromS(id) : pending.toS(id);
    const toS = pending.toS(id);
    this.#rollUpLeft(id, layout);
    if (pending.owes(id) && layout.archives > 2) {
      if (waits) this.#updater.rollUpOnce(fromS, toS);
      this.#updater.rollUpFrom(1, this.#beganS(layout, fromS), toS);
    } else if (waits && layout.archives > 1) {
      this.#updater.rollUp(fromS, toS);
    }
    pending.settle(id);
    pending.clear(id);
  }

  /** First of all, as long as the second archive has it. A coarser one may have newer points in the place of what is very old. */
  #rollUpLeft(id: number, layout: Layout): void {
    if (this.#left === undefined || !this.pending.isLeft(id) || layout.archives < 3) return;
    const { toS } = this.#left;
    const fromS = Math.max(this.#left.fromS, toS - layout.coarseSpanS + 1);
    if (this.#takenOverS - fromS < layout.retention[2]) this.#updater.rollUpFrom(1, fromS, toS);
  }

  /** The length of a period for files of this layout: the second archive must still hold all of it when it is over. */
  #periodOf(layout: Layout): number {
    return Math.floor(Math.min(this.#coarseS, layout.coarseSpanS * OWED_PART));
  }

  /** When the period began that a timestamp is in. */
  #beganS(layout: Layout, timestampS: number): number {
    return intervalOf(timestampS, Math.max(1, this.#periodOf(layout)));
  }

  #select(id: number, fd: number): Layout {
    const layout = this.#facts.layout(id);
    this.#updater.select(fd, layout, this.#facts.firstCell(id));
    return layout;
  }
}
