import type { ReplayReport } from '../../protocols/heartbeat.js';

/** Between two measurements. */
const MEASURED_EVERY_MS = 2_000;
/** How much the newest measurement counts. */
const WEIGHT = 0.5;

/**
 * How fast the replicas that replay come nearer to the ends of their logs, all together: as they take turns, the pace of
 * one of them says nothing.
 */
export class ReplayProgress {
  #fromLag = 0;
  #lag = 0;
  #atMs: number | undefined;
  #perSecond: number | undefined;

  /** Looks again; at most one look in two seconds counts. @param lag messages before all that replay */
  note(isReplaying: boolean, lag: number, atMs: number): void {
    if (!isReplaying) {
      this.#atMs = undefined;
      return;
    }
    if (this.#atMs !== undefined && atMs - this.#atMs < MEASURED_EVERY_MS) return;
    if (this.#atMs === undefined) {
      this.#fromLag = lag;
      this.#perSecond = undefined;
    } else {
      const measured = ((this.#lag - lag) / (atMs - this.#atMs)) * 1_000;
      const before = this.#perSecond ?? measured;
      this.#perSecond = before + (measured - before) * WEIGHT;
    }
    this.#fromLag = Math.max(this.#fromLag, lag);
    this.#lag = lag;
    this.#atMs = atMs;
  }

  /** Undefined while nothing is replayed. */
  report(): ReplayReport | undefined {
    if (this.#atMs === undefined) return undefined;
    const perSecond = Math.round((this.#perSecond ?? 0) * 10) / 10;
    return { fromLag: this.#fromLag, perSecond };
  }
}
