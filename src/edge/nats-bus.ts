import {
  Empty,
  type Msg,
  type NatsConnection,
  type NatsError,
  type QueuedIterator,
  RequestStrategy,
} from 'nats';
import type { Bus } from '../actors/ports/bus.js';
import type { Cancel } from '../actors/ports/clock.js';
import type { Logger } from '../actors/ports/logger.js';
import { CarbonbusError, errorCode, errorText } from '../errors.js';

/** A reply goes out in parts of this size, below NATS' `max_payload`, and ends with an empty one. */
const PART_BYTES = 512 * 1024;
/** A reply larger than this is refused by the asker: a query has to be narrowed. */
const REPLY_BYTES_MAX = 256 * 1024 * 1024;

/** Requests and fire-and-forget messages over core NATS. */
export class NatsBus implements Bus {
  readonly #connection: NatsConnection;
  readonly #log: Logger;

  constructor(connection: NatsConnection, log: Logger) {
    this.#connection = connection;
    this.#log = log;
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

  async request(
    subject: string,
    bytes: Uint8Array,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let length = 0;
    let stop = (): void => undefined;
    try {
      const replies = await this.#connection.requestMany(subject, bytes, {
        strategy: RequestStrategy.SentinelMsg,
        maxWait: timeoutMs,
      });
      stop = () => (replies as QueuedIterator<Msg>).stop();
      signal?.addEventListener('abort', stop, { once: true });
      for await (const reply of replies) {
        if (reply instanceof Error) throw reply;
        if (reply.data.length === 0)
          return parts.length === 1 ? parts[0] : Buffer.concat(parts, length);
        length += reply.data.length;
        if (length > REPLY_BYTES_MAX) {
          throw new CarbonbusError('REPLY_TOO_LARGE', `the reply of ${subject} is too large`);
        }
        parts.push(Buffer.from(reply.data));
      }
    } catch (error) {
      if (error instanceof CarbonbusError) throw error;
      throw requestFailure(subject, error as NatsError);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
    if (signal?.aborted) throw new CarbonbusError('CLIENT_GONE', 'nobody waits for the answer');
    throw new CarbonbusError('REQUEST_TIMEOUT', `${subject} did not answer within ${timeoutMs} ms`);
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
            for (let at = 0; at < reply.length; at += PART_BYTES) {
              message.respond(reply.subarray(at, at + PART_BYTES));
            }
            message.respond(Empty);
          },
          (failure) => this.#log.error({ subject, error: errorText(failure) }, 'no answer'),
        );
      },
    });
    return () => subscription.unsubscribe();
  }
}

function requestFailure(subject: string, cause: NatsError): CarbonbusError {
  const code = errorCode(cause);
  if (code === '503')
    return new CarbonbusError('NO_RESPONDER', `nobody answers ${subject}`, { cause });
  return new CarbonbusError('REQUEST_FAILED', `${subject}: ${errorText(cause)}`, { cause });
}
