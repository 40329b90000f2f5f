import { errorText } from '../../errors.js';
import type { MetricTable } from '../../storage/metric-table.js';
import type { PointQueue } from '../../storage/point-queue.js';
import type { TimeRange } from '../../storage/whisper/pending-roll-ups.js';
import type { WhisperStore } from '../../storage/whisper/store.js';
import { type Clock, within } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';

/** Metrics rolled up between two looks at the clock. */
const ROLL_UPS_AT_A_TIME = 16;
/** Longest time in one go, as for a slice of writing. */
const SLICE_MS = 5;
/**
 * After so long without a write all is rolled up: there is time, and a checkpoint that is not far behind. Longer than the interval of
 * most agents, which may all send at the same time: between two of their points it is not quiet.
 */
const QUIET_MS = 150_000;
/** Rounds that begin within the delay: a checkpoint is late by the delay and one of these parts of it. */
const ROUNDS_A_DELAY = 16;
/** Of the delay; from then on updates that open their file roll up with it. */
const SOON = 7 / 8;
/**
 * How many delays the third archives and coarser ones may be behind, so many times as much as the second ones: they are asked for times
 * of which the second ones keep all but a small part.
 */
export const COARSE_DELAYS = 4;
/** Metrics of which nothing came for so many delays more than that are looked for, and brought up to date, so many at a time. */
const SWEPT_DELAYS = 2 * COARSE_DELAYS;
const SWEPT_AT_A_TIME = 64;
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
  /** Waits until all that was written before is on the disk. */
  sync: () => Promise<void>;
  /** Whether that is done before each checkpoint, and not only before the last one that is held back. */
  syncsEach: boolean;
}

/** An arrival that the files will have reached once everything written before `mark` is rolled up. */
interface Round {
  arrival: number;
  mark: number;
  beganAtMs: number;
}

/** An arrival that the files have reached, in the page cache at least, and what was owed to coarser archives then. */
interface Written {
  arrival: number;
  owed: TimeRange | undefined;
  atMs: number;
}

/** Saves an arrival, with what is owed of the points up to it. */
export type SaveCheckpoint = (arrival: number, owed: TimeRange | undefined) => void;

/**
 * Finds out how far the files have come in the messages of all logs, in their order of arrival, and has it saved,
 * behind every write that it covers: the points themselves, their roll-ups, and with `holdbackMs` or `syncsEach` also
 * the disk.
 */
export class Checkpointer {
  /** The saved checkpoint: every point up to this arrival is in the files. */
  saved = 0;
  saves = 0;
  readonly #parts: CheckpointerParts;
  /** Oldest first. */
  readonly #rounds: Round[] = [];
  /** Whether the last checkpoint that was held or saved owes something. */
  #isOwing = false;
  #sweptAtMs = Number.NEGATIVE_INFINITY;
  /** Whether what the last process left is still being rolled up. */
  #isTakingOver = false;
  #updatesSeen = 0;
  #quietSinceMs = 0;
  /** Written and not yet old enough to be saved; oldest first, at most one for each second of the holdback. */
  readonly #held: Written[] = [];
  #syncing: Promise<void> | undefined;

  constructor(parts: CheckpointerParts) {
    this.#parts = parts;
  }

  /** Takes over what the last process left to be rolled up into the coarser archives, which may concern any metric. */
  takeOver(owed: TimeRange | undefined): void {
    if (owed === undefined) return;
    const { store, table, clock, log } = this.#parts;
    const isFile = (_: unknown, id: number): boolean => !table.isAlias(id);
    const ids = Array.from({ length: table.count }, (_, id) => id).filter(isFile);
    store.takeOverOwed(owed, ids, Math.floor(clock.nowMs() / 1_000));
    this.#isOwing = true;
    this.#isTakingOver = true;
    log.info({ files: ids.length, ...owed }, 'rolling up into coarse archives what was left');
  }

  /**
   * Rolls up what is due, for one slice: what has waited for the delay, or all that waits or is owed when nothing was written for a
   * while.
   *
   * @param eager rolls up everything, due or not
   * @returns whether more is to be done at once
   */
  rollUp(eager: boolean): boolean {
    const { store, table, clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    const isAll = eager || this.#isQuiet(startedMs);
    const nameOf = (id: number): string => table.name(id);
    const mark = isAll ? store.rollUpMark() : this.#markAfter(1, startedMs);
    while (mark !== undefined && !store.flushRollUps(mark, ROLL_UPS_AT_A_TIME, nameOf)) {
      if (clock.monotonicMs() - startedMs >= SLICE_MS) return true;
    }
    if (!isAll) this.#sweep(startedMs);
    while (isAll && !this.#flushOwed(Number.POSITIVE_INFINITY, ROLL_UPS_AT_A_TIME)) {
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
  look(newest: number, save: SaveCheckpoint): void {
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

  /**
   * Of a process that ends: has what is held back synced and saved, for so long.
   *
   * @returns `late` when the disk takes longer: then the checkpoint of before stays
   */
  finish(untilMs: number, save: SaveCheckpoint): Promise<'done' | 'late'> {
    const { clock } = this.#parts;
    return within(clock, untilMs - clock.monotonicMs(), this.#saveLast(save));
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

  /** Brings up to date some metrics that are behind and get no points, and what the last process left. */
  #sweep(nowMs: number): void {
    const { clock, rollUpDelayMs } = this.#parts;
    if (nowMs - this.#sweptAtMs < rollUpDelayMs / ROUNDS_A_DELAY) return;
    const untilMs = clock.nowMs() - SWEPT_DELAYS * rollUpDelayMs;
    if (this.#flushOwed(Math.floor(untilMs / 1_000), SWEPT_AT_A_TIME)) this.#sweptAtMs = nowMs;
  }

  #flushOwed(untilS: number, metricsMax: number): boolean {
    const { store, table, log } = this.#parts;
    const isDone = store.flushOwed(untilS, metricsMax, (id) => table.name(id));
    if (isDone && this.#isTakingOver) {
      this.#isTakingOver = false;
      log.info({}, 'rolled up into coarse archives what was left');
    }
    return isDone;
  }

  /** Besides points that came, it is worth a checkpoint that nothing is owed any more. */
  #reached(arrival: number, nowMs: number): void {
    const before = this.#held.at(-1)?.arrival ?? this.saved;
    const isSettled = this.#isOwing && this.#parts.store.owingRollUps === 0;
    if (arrival > before || (arrival === before && isSettled)) this.#hold(arrival, nowMs);
  }

  #hold(arrival: number, nowMs: number): void {
    const owed = this.#parts.store.owedRollUps;
    this.#isOwing = owed !== undefined;
    const [before, newest] = [this.#held.at(-2), this.#held.at(-1)];
    const close = before !== undefined && newest !== undefined && newest.atMs - before.atMs < 1_000;
    if (close) this.#held.pop();
    this.#held.push({ arrival, owed, atMs: nowMs });
  }

  #saveHeld(nowMs: number, save: SaveCheckpoint): void {
    const { holdbackMs, syncsEach } = this.#parts;
    let ripe: Written | undefined;
    while (this.#held.length > 0 && nowMs - this.#held[0].atMs >= holdbackMs) {
      ripe = this.#held.shift();
    }
    if (ripe === undefined) return;
    if (!syncsEach) save(ripe.arrival, ripe.owed);
    // One sync at a time: what became ripe meanwhile waits for the next look.
    else if (this.#syncing !== undefined) this.#held.unshift(ripe);
    else this.#saveSynced(ripe, save);
  }

  async #saveLast(save: SaveCheckpoint): Promise<void> {
    await this.#syncing;
    const last = this.#held.at(-1);
    this.#held.length = 0;
    if (last !== undefined) await this.#saveSynced(last, save);
  }

  #saveSynced(written: Written, save: SaveCheckpoint): Promise<void> {
    const { sync, log } = this.#parts;
    const syncing = sync()
      .then(
        () => save(written.arrival, written.owed),
        (error) => log.error({ error: errorText(error) }, 'no checkpoint: cannot sync'),
      )
      .finally(() => {
        this.#syncing = undefined;
      });
    this.#syncing = syncing;
    return syncing;
  }
}
