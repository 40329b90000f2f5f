import type { RejectedInput } from '../../protocols/messages.js';
import {
  RejectionCounts,
  type RejectionReason,
  type RejectionSink,
} from '../../protocols/rejection.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { RecentRejections } from './recent-rejections.js';

/** After a line about one reason, further rejections for it are only counted for this long. */
const QUIET_MS = 60_000;

/** Whom input comes from. It is made into a text only where something is refused. */
export interface Sender {
  readonly address: string;
  /** Absent where the address says it all. */
  readonly port?: number;
  /** Told of what is refused of this sender, for its answer. */
  readonly rejected?: RejectionSink;
}

export function senderText({ address, port }: Sender): string {
  return port === undefined ? address : `${address}:${port}`;
}

/** Counts rejections, keeps the last ones, and logs a sample for each reason, once a minute at most. */
export class RejectionLog implements RejectionSink {
  readonly counts = new RejectionCounts();
  /**
   * Whom the input in hand is from. Input is decoded and routed in one go, so this says it for all who refuse
   * something of it.
   */
  sender: Sender | undefined;
  readonly #recent = new RecentRejections();
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #loggedAtMs = new Map<RejectionReason, number>();

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  reject(reason: RejectionReason, bytes: Uint8Array, start: number, end: number): void {
    this.counts.reject(reason);
    this.sender?.rejected?.reject(reason, bytes, start, end);
    const peer = this.sender === undefined ? '' : senderText(this.sender);
    this.#recent.add(this.#clock.nowMs(), peer, reason, bytes, start, end);
    const nowMs = this.#clock.monotonicMs();
    const loggedAtMs = this.#loggedAtMs.get(reason);
    if (loggedAtMs !== undefined && nowMs - loggedAtMs < QUIET_MS) return;
    this.#loggedAtMs.set(reason, nowMs);
    const { text } = this.recent(1)[0];
    this.#log.warn(
      { reason, count: this.counts.count(reason), peer, sample: text },
      'rejected input',
    );
  }

  /** The last rejections, the newest first. */
  recent(limit?: number): RejectedInput[] {
    return this.#recent.list(limit);
  }
}
