import type { NatsConnection } from 'nats';
import type { Bus, Waiter } from '../actors/ports/bus.js';
import type { Cancel } from '../actors/ports/clock.js';
import type { Logger } from '../actors/ports/logger.js';
import { errorText } from '../errors.js';
import { giveBack } from './nats-receiving.js';
import { NatsReplies, PART_BYTES } from './nats-replies.js';

/** Requests and fire-and-forget messages over core NATS. */
export class NatsBus implements Bus {
  readonly #connection: NatsConnection;
  readonly #log: Logger;
  readonly #replies: NatsReplies;

  constructor(connection: NatsConnection, log: Logger) {
    this.#connection = connection;
    this.#log = log;
    this.#replies = new NatsReplies(connection);
  }

  publish(subject: string, bytes: Uint8Array): void {
    if (!this.#connection.isClosed()) this.#connection.publish(subject, bytes);
  }

  subscribe(subject: string, receive: (bytes: Uint8Array) => void): Cancel {
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error) this.#log.error({ subject, error: error.message }, 'a subscription failed');
        else receive(message.data);
      },
    });
    return () => subscription.unsubscribe();
  }

  request(
    subject: string,
    bytes: Uint8Array,
    timeoutMs: number,
    waiter?: Waiter,
  ): Promise<Uint8Array> {
    return this.#replies.request(subject, bytes, timeoutMs, waiter);
  }

  giveBack(reply: Uint8Array): void {
    giveBack(reply);
  }

  serve(subject: string, answer: (bytes: Uint8Array) => Promise<Uint8Array>): Cancel {
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error) {
          this.#log.error({ subject, error: error.message }, 'a subscription failed');
          return;
        }
        answer(message.data).then(
          (reply) => {
            for (let at = 0; at <= reply.length; at += PART_BYTES)
              message.respond(reply.subarray(at, at + PART_BYTES));
          },
          (failure) => this.#log.error({ subject, error: errorText(failure) }, 'no answer'),
        );
      },
    });
    return () => subscription.unsubscribe();
  }
}
