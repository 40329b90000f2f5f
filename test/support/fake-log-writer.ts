import type { LogWriter, PublishOutcome } from '../../src/actors/ports/log.js';
import { type NamedPoint, pointsIn } from './fake-points.js';

export interface PublishAttempt {
  subject: string;
  id: string;
  bytes: Uint8Array;
}

type Verdict = 'stored' | 'unknown' | 'lostAck' | 'full' | 'hold';

/** A log that stores, loses acknowledgements, is full or does not answer, as the test wants. */
export class FakeLogWriter implements LogWriter {
  readonly attempts: PublishAttempt[] = [];
  /** What the log has, each id once, in order. */
  readonly stored: PublishAttempt[] = [];
  /** The most publishes that were on their way at once, by subject. */
  readonly inFlightMost = new Map<string, number>();
  /** What becomes of a publish; `lostAck` stores it and says that nothing is known. */
  verdict: (attempt: PublishAttempt) => Verdict = () => 'stored';
  readonly #inFlight = new Map<string, number>();
  readonly #held: (() => void)[] = [];

  async publish(subject: string, bytes: Uint8Array, id: string): Promise<PublishOutcome> {
    // Who publishes may use its bytes again.
    const attempt = { subject, id, bytes: bytes.slice() };
    this.attempts.push(attempt);
    const inFlight = (this.#inFlight.get(subject) ?? 0) + 1;
    this.#inFlight.set(subject, inFlight);
    this.inFlightMost.set(subject, Math.max(inFlight, this.inFlightMost.get(subject) ?? 0));
    try {
      return await this.#decide(attempt);
    } finally {
      this.#inFlight.set(subject, (this.#inFlight.get(subject) ?? 0) - 1);
    }
  }

  /** Answers the oldest publish that is held, as stored. */
  release(): void {
    this.#held.shift()?.();
  }

  get held(): number {
    return this.#held.length;
  }

  /** The stored points of one subject, in order. */
  points(subject: string): NamedPoint[] {
    return this.stored
      .filter((one) => one.subject === subject)
      .flatMap(({ bytes }) => pointsIn(bytes));
  }

  get allPoints(): NamedPoint[] {
    return this.stored.flatMap(({ bytes }) => pointsIn(bytes));
  }

  async #decide(attempt: PublishAttempt): Promise<PublishOutcome> {
    const verdict = this.verdict(attempt);
    if (verdict === 'unknown') return { type: 'unknown', reason: 'no answer' };
    if (verdict === 'full') return { type: 'full', reason: 'no room' };
    if (verdict === 'hold') await new Promise<void>((resolve) => this.#held.push(resolve));
    if (!this.stored.some((one) => one.id === attempt.id)) this.stored.push(attempt);
    if (verdict === 'lostAck') return { type: 'unknown', reason: 'the answer was lost' };
    return { type: 'stored', sequence: this.stored.length };
  }
}
