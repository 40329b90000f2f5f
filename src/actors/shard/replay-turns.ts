import { type Clock, sleep } from '../ports/clock.js';

/** A log with no more messages than this before its reader is read as they come, and takes no turn. */
export const LIVE_LAG = 64;
/** How long one replays while others wait for their turn. */
const TURN_MS = 5_000;
/** A turn that brings no message for so long is over: its log cannot be read, or its replica does not take more. */
const IDLE_TURN_MS = 2_000;
/** How long a replay waits for live logs before its next message; so it goes on, slowly, whatever they do. */
const GIVE_WAY_MS = 250;
/** Bytes may be read ahead of the rate by as much as comes in this time. */
const CREDIT_MS = 200;

export interface ReplayLimits {
  /** Logs that replay at the same time. */
  atOnce: number;
  /** Of all replays together; `Infinity` for no limit. */
  bytesPerSecond: number;
  /** Messages: while a live log of the node has more before its reader, replays give way. */
  liveLagMax: number;
}

/**
 * Shapes what the replicas of a node read from their logs after an outage: only some at a time, at a bounded
 * rate, and after those that are live. The logs keep what waits.
 */
export class ReplayTurns {
  readonly #limits: ReplayLimits;
  readonly #clock: Clock;
  readonly #holders = new Set<ReplayTurn>();
  /** In the order in which they came, each with what wakes it. */
  readonly #waiting = new Map<ReplayTurn, () => void>();
  #freeAtMs = 0;
  #liveLateUntilMs = Number.NEGATIVE_INFINITY;

  constructor(limits: ReplayLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** For one reader of a log. */
  turn(): ReplayTurn {
    return new ReplayTurn(this, this.#clock);
  }

  /** Readers that replay now. */
  get replaying(): number {
    return this.#holders.size;
  }

  /** A live log has so many messages before its reader. */
  noteLive(lag: number): void {
    if (lag > this.#limits.liveLagMax)
      this.#liveLateUntilMs = this.#clock.monotonicMs() + GIVE_WAY_MS;
  }

  /** Resolves when it is this one's turn, or it is no longer wanted. */
  async admit(turn: ReplayTurn, signal: AbortSignal): Promise<void> {
    const isOver = this.#waiting.size > 0 && this.#clock.monotonicMs() - turn.sinceMs > TURN_MS;
    if (isOver) this.release(turn);
    if (this.#holders.has(turn)) return;
    while (!signal.aborted && !this.#hasPlaceFor(turn)) {
      const woken = new Promise<void>((wake) => this.#waiting.set(turn, wake));
      await Promise.race([woken, sleep(this.#clock, IDLE_TURN_MS)]);
    }
    this.#waiting.delete(turn);
    if (signal.aborted) return;
    this.#holders.add(turn);
    turn.sinceMs = turn.activeMs = this.#clock.monotonicMs();
    if (this.#holders.size < this.#limits.atOnce) this.#wakeNext();
  }

  /** Resolves when so many bytes more may be read. */
  async pace(bytes: number): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#liveLateUntilMs) await sleep(this.#clock, GIVE_WAY_MS);
    const { bytesPerSecond } = this.#limits;
    if (bytesPerSecond === Number.POSITIVE_INFINITY) return;
    const waitMs = this.#freeAtMs - nowMs;
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs - CREDIT_MS) + (bytes / bytesPerSecond) * 1_000;
    if (waitMs > 0) await sleep(this.#clock, waitMs);
  }

  /** Its place is free for the one that waits longest. */
  release(turn: ReplayTurn): void {
    if (this.#holders.delete(turn)) this.#wakeNext();
  }

  /** Nobody needs to wake who is not wanted any more. */
  forget(turn: ReplayTurn): void {
    this.release(turn);
    this.#waiting.get(turn)?.();
  }

  #wakeNext(): void {
    const [wake] = this.#waiting.values();
    wake?.();
  }

  #hasPlaceFor(turn: ReplayTurn): boolean {
    const idleSinceMs = this.#clock.monotonicMs() - IDLE_TURN_MS;
    for (const holder of this.#holders) if (holder.activeMs < idleSinceMs) this.release(holder);
    const [first = turn] = this.#waiting.keys();
    return first === turn && this.#holders.size < this.#limits.atOnce;
  }
}

/** The part of one reader in the replays of its node. */
export class ReplayTurn {
  /** When its turn began, and when it last had a message. */
  sinceMs = 0;
  activeMs = 0;
  readonly #turns: ReplayTurns;
  readonly #clock: Clock;

  constructor(turns: ReplayTurns, clock: Clock) {
    this.#turns = turns;
    this.#clock = clock;
  }

  /**
   * Resolves when the next message may be taken, or `signal` says that it is not wanted.
   * @param pending messages that the log has behind it
   * @param bytes its size
   */
  async next(pending: number, bytes: number, signal: AbortSignal): Promise<void> {
    if (pending <= LIVE_LAG) {
      this.#turns.release(this);
      this.#turns.noteLive(pending);
      return;
    }
    this.activeMs = this.#clock.monotonicMs();
    await this.#turns.admit(this, signal);
    if (signal.aborted) return;
    await this.#turns.pace(bytes);
    this.activeMs = this.#clock.monotonicMs();
  }

  /** It can take nothing for now: another one may have its place. */
  release(): void {
    this.#turns.release(this);
  }

  /** It is not read any more. */
  leave(): void {
    this.#turns.forget(this);
  }
}
