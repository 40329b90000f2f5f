import {
  RejectionCounts,
  type RejectionReason,
  type RejectionSink,
} from '../../protocols/rejection.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';

/** After a line about one reason, further rejections for it are only counted for this long. */
const QUIET_MS = 60_000;
const SAMPLE_BYTES = 120;

/** Counts rejections, and logs a sample for each reason, once a minute at most. */
export class RejectionLog implements RejectionSink {
  readonly counts = new RejectionCounts();
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #loggedAtMs = new Map<RejectionReason, number>();

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  reject(reason: RejectionReason, bytes: Uint8Array, start: number, end: number): void {
    this.counts.reject(reason);
    const nowMs = this.#clock.monotonicMs();
    const loggedAtMs = this.#loggedAtMs.get(reason);
    if (loggedAtMs !== undefined && nowMs - loggedAtMs < QUIET_MS) return;
    this.#loggedAtMs.set(reason, nowMs);
    const sample = Buffer.from(bytes.subarray(start, Math.min(end, start + SAMPLE_BYTES)));
    this.#log.warn(
      { reason, count: this.counts.count(reason), sample: sample.toString('latin1') },
      'rejected input',
    );
  }
}
