import type { Cancel, Clock } from '../../src/actors/ports/clock.js';
import { CarbonbusError } from '../../src/errors.js';
import type { SimulatedTime } from './simulated-time.js';

/** The time of day at the beginning of every simulation. */
export const EPOCH_MS = 1_700_000_000_000;

/** What outlives a process: the machine it runs on. */
export interface Host {
  readonly name: string;
  /** How far its time of day is wrong. */
  wallOffsetMs: number;
}

/**
 * One life of one process, from its start to its death, with its clock. Whatever it does to the world is an effect,
 * and it can be killed at any of them: from then on its timers do not fire, and nobody hears of it again.
 */
export class SimulatedProcess implements Clock {
  readonly host: Host;
  isDead = false;
  /** Effects until it is killed; undefined while nobody wants that. */
  fuse: number | undefined;
  /** Called when it has died. */
  onDeath: (how: string) => void = () => undefined;
  readonly #time: SimulatedTime;
  /** It is stopped, or waits for its disk, until then. */
  #busyUntilMs = 0;

  constructor(host: Host, time: SimulatedTime) {
    this.host = host;
    this.#time = time;
  }

  get name(): string {
    return this.host.name;
  }

  nowMs(): number {
    return EPOCH_MS + this.monotonicMs() + this.host.wallOffsetMs;
  }

  monotonicMs(): number {
    return Math.max(this.#time.nowMs, this.#busyUntilMs);
  }

  after(delayMs: number, run: () => void): Cancel {
    let cancel: Cancel = () => undefined;
    const due = (): void => {
      if (this.isDead) return;
      if (this.#busyUntilMs > this.#time.nowMs) cancel = this.#time.at(this.#busyUntilMs, due);
      else run();
    };
    cancel = this.#time.at(this.monotonicMs() + delayMs, due);
    return () => cancel();
  }

  every(intervalMs: number, run: () => void): Cancel {
    const again = (): void => {
      cancel = this.after(intervalMs, again);
      run();
    };
    let cancel = this.after(intervalMs, again);
    return () => cancel();
  }

  yieldNow(): Promise<void> {
    return new Promise((resolve) => {
      this.after(0, resolve);
    });
  }

  limited<T>(work: () => T): T {
    return work();
  }

  within<T>(work: () => T): T {
    return work();
  }

  /** A promise that settles as `make`'s caller says, but never for a process that has died. */
  waiting<T>(
    make: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      make(
        (value) => !this.isDead && resolve(value),
        (error) => !this.isDead && reject(error),
      );
    });
  }

  /** Nothing of it runs for so long: SIGSTOP, or a disk that takes its time. */
  pause(forMs: number): void {
    this.#busyUntilMs = this.monotonicMs() + forMs;
  }

  /** It is about to do something to the world. Returns whether it is killed in the middle of that. */
  isKilledNow(): boolean {
    if (this.isDead || this.fuse === undefined || this.fuse-- > 0) return false;
    return true;
  }

  /** As `isKilledNow`, for what happens whole or not at all; throws when it does not. */
  effect(what: string): void {
    if (this.isKilledNow()) this.die(`killed before ${what}`);
    this.mustLive();
  }

  /** As `effect`, for what goes over the network: a process that is killed there has not sent it. */
  dieIfTold(before: string): void {
    if (this.isKilledNow()) this.die(`killed before ${before}`);
  }

  /** Throws for a process that is dead: what it does now did not happen. */
  mustLive(): void {
    if (this.isDead) throw new CarbonbusError('KILLED', `${this.name} is dead`);
  }

  die(how: string): void {
    if (this.isDead) return;
    this.isDead = true;
    this.onDeath(how);
  }
}
