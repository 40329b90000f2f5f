import { errorText } from '../../errors.js';
import type { MetricTable } from '../../storage/metric-table.js';
import type { PointQueue } from '../../storage/point-queue.js';
import type { WhisperStore } from '../../storage/whisper/store.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';

/** Metrics rolled up between two looks at the clock. */
const ROLL_UPS_AT_A_TIME = 16;
/** Longest time in one go, as for a slice of writing. */
const SLICE_MS = 5;
/** After so long without a write all is rolled up: there is time, and a checkpoint that is not far behind. */
const QUIET_MS = 30_000;
/** Rounds that begin within the delay: a checkpoint is late by the delay and one of these parts of it. */
const ROUNDS_A_DELAY = 16;
/** Of the delay; from then on updates that open their file roll up with it. */
const SOON = 7 / 8;
/** Rounds under way, where a disk is so slow that roll-ups come late. */
const ROUNDS_MAX = 4 * ROUNDS_A_DELAY;

export interface CheckpointerParts {
  queue: PointQueue;
  table: MetricTable;
  store: WhisperStore;
  clock: Clock;
  log: Logger;
  /** How long written points may wait to be rolled up into the coarser archives, while others come in. */
  rollUpDelayMs: number;
  /** A checkpoint is saved this long after what it covers was written, so that the system has put it on the disk. */
  holdbackMs: number;
  /** Waits until all that was written before is on the disk; undefined where that is not wanted. */
  sync: (() => Promise<void>) | undefined;
}

/** An arrival that the files will have reached once everything written before `mark` is rolled up. */
interface Round {
  arrival: number;
  mark: number;
  beganAtMs: number;
}

/** An arrival that the files have reached, in the page cache at least. */
interface Written {
  arrival: number;
  atMs: number;
}

/**
 * Finds out how far the files have come in the messages of all logs, in their order of arrival, and has it saved,
 * behind every write that it covers: the points themselves, their roll-ups, and with `holdbackMs` or `sync` also
 * the disk.
 */
export class Checkpointer {
  /** The saved checkpoint: every point up to this arrival is in the files. */
  saved = 0;
  saves = 0;
  readonly #parts: CheckpointerParts;
  /** Oldest first. */
  readonly #rounds: Round[] = [];
  #updatesSeen = 0;
  #quietSinceMs = 0;
  /** Written and not yet old enough to be saved; oldest first, at most one for each second of the holdback. */
  readonly #held: Written[] = [];
  #syncing: Promise<void> | undefined;

  constructor(parts: CheckpointerParts) {
    this.#parts = parts;
  }

  /** Points written of which a coarser archive does not know yet, by metric. */
  get pendingRollUps(): number {
    return this.#parts.store.pendingRollUps;
  }

  /**
   * Rolls up what is due, for one slice: what has waited for the delay, or all that waits when nothing was written for a
   * while.
   *
   * @param eager rolls up everything, due or not
   * @returns whether more is to be done at once
   */
  rollUp(eager: boolean): boolean {
    const { store, table, clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    const mark =
      eager || this.#isQuiet(startedMs) ? store.rollUpMark() : this.#markAfter(1, startedMs);
    if (mark === undefined) return false;
    const nameOf = (id: number): string => table.name(id);
    while (!store.flushRollUps(mark, ROLL_UPS_AT_A_TIME, nameOf)) {
      if (clock.monotonicMs() - startedMs >= SLICE_MS) return true;
    }
    return false;
  }

  /** Whether roll-ups wait much longer than they should: then they come before writing, or no checkpoint would follow. */
  get isLate(): boolean {
    const [oldest] = this.#rounds;
    if (oldest === undefined) return false;
    const ageMs = this.#parts.clock.monotonicMs() - oldest.beganAtMs;
    return ageMs > 1.5 * this.#parts.rollUpDelayMs;
  }

  /** Looks how far the files have come, given that the queue holds all else up to `newest`, and saves what may be. */
  look(newest: number, save: (arrival: number) => void): void {
    const { queue, store, clock, rollUpDelayMs } = this.#parts;
    const nowMs = clock.monotonicMs();
    const first = queue.firstArrival();
    const arrival = first === undefined ? newest : first - 1;
    if (store.pendingRollUps === 0) {
      this.#rounds.length = 0;
      this.#reached(arrival, nowMs);
    }
    while (this.#rounds.length > 0 && store.flushRollUps(this.#rounds[0].mark, 0, () => '')) {
      this.#reached((this.#rounds.shift() as Round).arrival, nowMs);
    }
    const latestMs = this.#rounds.at(-1)?.beganAtMs ?? Number.NEGATIVE_INFINITY;
    const isTime = nowMs - latestMs >= rollUpDelayMs / ROUNDS_A_DELAY;
    if (store.pendingRollUps > 0 && isTime && this.#rounds.length < ROUNDS_MAX) {
      this.#rounds.push({ arrival, mark: store.rollUpMark(), beganAtMs: nowMs });
    }
    const soon = this.#markAfter(SOON, nowMs);
    if (soon !== undefined) store.rollUpOnOpening(soon);
    this.#saveHeld(nowMs, save);
  }

  /** The mark of the newest round whose roll-ups have waited for so much of the delay. */
  #markAfter(part: number, nowMs: number): number | undefined {
    const beganMs = nowMs - part * this.#parts.rollUpDelayMs;
    return this.#rounds.findLast((round) => round.beganAtMs <= beganMs)?.mark;
  }

  /** Whether no point waits and none was written for a while. */
  #isQuiet(nowMs: number): boolean {
    const { queue, store, rollUpDelayMs } = this.#parts;
    const { updateOperations } = store.counters;
    if (queue.metrics !== queue.parked || updateOperations !== this.#updatesSeen) {
      this.#updatesSeen = updateOperations;
      this.#quietSinceMs = nowMs;
    }
    return nowMs - this.#quietSinceMs >= Math.min(QUIET_MS, rollUpDelayMs);
  }

  #reached(arrival: number, nowMs: number): void {
    const newest = this.#held.at(-1);
    if (arrival > (newest?.arrival ?? this.saved)) this.#hold(arrival, nowMs);
  }

  #hold(arrival: number, nowMs: number): void {
    const [before, newest] = [this.#held.at(-2), this.#held.at(-1)];
    const close = before !== undefined && newest !== undefined && newest.atMs - before.atMs < 1_000;
    if (close) this.#held.pop();
    this.#held.push({ arrival, atMs: nowMs });
  }

  #saveHeld(nowMs: number, save: (arrival: number) => void): void {
    const { holdbackMs, sync } = this.#parts;
    let ripe: number | undefined;
    while (this.#held.length > 0 && nowMs - this.#held[0].atMs >= holdbackMs) {
      ripe = this.#held.shift()?.arrival;
    }
    if (ripe === undefined) return;
    if (sync === undefined) save(ripe);
    else this.#saveSynced(ripe, nowMs, sync, save);
  }

  /** One sync at a time; what became ripe meanwhile waits for the next look. */
  #saveSynced(
    arrival: number,
    nowMs: number,
    sync: () => Promise<void>,
    save: (arrival: number) => void,
  ): void {
    if (this.#syncing !== undefined) {
      this.#held.unshift({ arrival, atMs: nowMs - this.#parts.holdbackMs });
      return;
    }
    this.#syncing = sync()
      .then(
        () => save(arrival),
        (error) => this.#parts.log.error({ error: errorText(error) }, 'no checkpoint: cannot sync'),
      )
      .finally(() => {
        this.#syncing = undefined;
      });
  }
}
