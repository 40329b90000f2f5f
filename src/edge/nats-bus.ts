import type { Msg, NatsConnection } from 'nats';
import type { Bus, Waiter } from '../actors/ports/bus.js';
import type { Cancel } from '../actors/ports/clock.js';
import type { Logger } from '../actors/ports/logger.js';
import { errorText } from '../errors.js';
import { NatsOutlet } from './nats-outlet.js';
import { giveBack } from './nats-receiving.js';
import { NatsReplies, PART_BYTES } from './nats-replies.js';

/** Parts of replies that are copied, as the client does: a write of its own costs as much as that. */
const COPIED_BYTES_MAX = 16 * 1024;

/** Requests and fire-and-forget messages over core NATS. */
export class NatsBus implements Bus {
  readonly #connection: NatsConnection;
  readonly #log: Logger;
  readonly #replies: NatsReplies;
  readonly #outlet: NatsOutlet;

  constructor(connection: NatsConnection, log: Logger) {
    this.#connection = connection;
    this.#log = log;
    this.#replies = new NatsReplies(connection);
    this.#outlet = new NatsOutlet(connection);
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
              this.#respond(message, reply.subarray(at, at + PART_BYTES));
          },
          (failure) => this.#log.error({ subject, error: errorText(failure) }, 'no answer'),
        );
      },
    });
    return () => subscription.unsubscribe();
  }

  #respond(message: Msg, part: Uint8Array): void {
    const { reply } = message;
    const { room = 0 } = this.#outlet;
    if (!reply || part.length <= COPIED_BYTES_MAX || part.length > room) message.respond(part);
    else this.#outlet.write(`PUB ${reply} ${part.length}\r\n`, part);
  }
}
