import { assert } from '../../assert.js';
import { CarbonbusError } from '../../errors.js';
import type { Clock } from '../ports/clock.js';

/** What an actor does. Only its own mailbox calls it, one message at a time. */
export interface Behaviour<M> {
  receive(message: M): void | Promise<void>;
}

/** A sender that the mailbox has no room for yet. */
interface WaitingSender<M> {
  message: M;
  delivered: () => void;
  refuse: (error: unknown) => void;
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
  readonly #waiting: WaitingSender<M>[] = [];
  /** How to refuse those whose questions have no answer yet. */
  readonly #unanswered = new Set<(error: unknown) => void>();
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
    if (this.#stopped) throw this.#refusal();
    if (this.#hasRoom) return this.#put(message);
    return new Promise((delivered, refuse) => this.#waiting.push({ message, delivered, refuse }));
  }

  /**
   * Sends the message that `make` builds around a reply function, and waits for the reply. Rejects when the
   * actor stops before it has answered.
   */
  ask<R>(make: (reply: (value: R) => void, fail: (error: unknown) => void) => M): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const fail = (error: unknown): void => {
        this.#unanswered.delete(fail);
        reject(error);
      };
      const reply = (value: R): void => {
        this.#unanswered.delete(fail);
        resolve(value);
      };
      this.#unanswered.add(fail);
      const message = make(reply, fail);
      if (this.#hasRoom) this.#put(message);
      else this.send(message).catch(fail);
    });
  }

  get #hasRoom(): boolean {
    return !this.#stopped && this.#mailbox.length < this.#capacity;
  }

  #put(message: M): void {
    this.#mailbox.push(message);
    if (!this.#running) void this.#run();
  }

  /** Handles nothing more; senders that wait, and those who wait for an answer, are refused. */
  stop(): void {
    this.#stopped = true;
    this.#mailbox.length = 0;
    for (const { refuse } of this.#waiting.splice(0)) refuse(this.#refusal());
    for (const fail of [...this.#unanswered]) fail(this.#refusal());
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

  /** The next message; the sender that waits longest gets its place. */
  #take(): M | undefined {
    const message = this.#mailbox.shift();
    const sender = this.#waiting.shift();
    if (sender !== undefined) {
      this.#mailbox.push(sender.message);
      sender.delivered();
    }
    return message;
  }

  #refusal(): CarbonbusError {
    return new CarbonbusError('ACTOR_STOPPED', `${this.name} has stopped`);
  }
}
