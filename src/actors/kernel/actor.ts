import { assert } from '../../assert.js';
import { CarbonbusError } from '../../errors.js';
import type { Clock } from '../ports/clock.js';

/** What an actor does. Only its own mailbox calls it, one message at a time. */
export interface Behaviour<M> {
  receive(message: M): void | Promise<void>;
}

/** Messages handled before the actor lets sockets and timers have a turn. */
const THROUGHPUT = 16;

/**
 * A bounded mailbox and the behaviour that owns some state. A message is handled to its end before the next
 * one; a behaviour that throws has failed: the actor handles nothing more and its supervisor is told once.
 */
export class Actor<M> {
  readonly name: string;
  readonly #behaviour: Behaviour<M>;
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #failed: (error: unknown) => void;
  readonly #mailbox: M[] = [];
  readonly #waiting: Array<() => void> = [];
  #running = false;
  #stopped = false;

  constructor(options: {
    name: string;
    behaviour: Behaviour<M>;
    clock: Clock;
    capacity: number;
    failed: (error: unknown) => void;
  }) {
    this.name = options.name;
    this.#behaviour = options.behaviour;
    this.#clock = options.clock;
    this.#capacity = options.capacity;
    this.#failed = options.failed;
  }

  /** Delivers a message; resolves when the mailbox had room for it. Rejects once the actor has stopped. */
  async send(message: M): Promise<void> {
    while (this.#mailbox.length >= this.#capacity && !this.#stopped) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#stopped) throw new CarbonbusError('ACTOR_STOPPED', `${this.name} has stopped`);
    this.#mailbox.push(message);
    if (!this.#running) void this.#run();
  }

  /** Sends the message that `make` builds around a reply function, and waits for the reply. */
  ask<R>(make: (reply: (value: R) => void, fail: (error: unknown) => void) => M): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.send(make(resolve, reject)).catch(reject);
    });
  }

  /** Handles nothing more; senders that wait are refused. */
  stop(): void {
    this.#stopped = true;
    this.#mailbox.length = 0;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #run(): Promise<void> {
    assert(!this.#running, 'an actor handles one message at a time');
    this.#running = true;
    let handled = 0;
    for (let message = this.#take(); message !== undefined; message = this.#take()) {
      try {
        await this.#behaviour.receive(message);
      } catch (error) {
        this.stop();
        this.#failed(error);
        break;
      }
      if (++handled % THROUGHPUT === 0) await this.#clock.yieldNow();
    }
    this.#running = false;
  }

  #take(): M | undefined {
    const message = this.#mailbox.shift();
    this.#waiting.shift()?.();
    return message;
  }
}
