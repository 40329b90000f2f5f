import { createInbox, type Msg, type NatsConnection, type NatsError } from 'nats';
import type { Waiter } from '../actors/ports/bus.js';
import { CarbonbusError, errorText } from '../errors.js';
import { giveBack } from './nats-receiving.js';

/**
 * A reply goes out in parts of this size, below NATS' `max_payload`. A shorter one, which may be empty, is the last: an answer
 * of the usual size is one message.
 */
export const PART_BYTES = 512 * 1024;
/** A reply larger than this is refused by the asker: a query has to be narrowed. */
const REPLY_BYTES_MAX = 256 * 1024 * 1024;
const NO_RESPONDERS = 503;

/** A request that waits for its reply. */
interface Waiting {
  readonly subject: string;
  readonly parts: Uint8Array[];
  bytes: number;
  readonly resolve: (reply: Uint8Array) => void;
  readonly reject: (error: CarbonbusError) => void;
}

/** The replies to all requests of a connection, which come by one subscription. */
export class NatsReplies {
  readonly #connection: NatsConnection;
  readonly #inbox: string;
  readonly #waiting = new Map<string, Waiting>();
  #isSubscribed = false;
  #asked = 0;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    // A user may have an inbox of his own, and may listen to no other.
    const { options } = connection as { options?: { inboxPrefix?: string } };
    this.#inbox = createInbox(options?.inboxPrefix);
  }

  request(
    subject: string,
    bytes: Uint8Array,
    timeoutMs: number,
    waiter?: Waiter,
  ): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const reply = `${this.#inbox}.${++this.#asked}`;
      const abandon = (): void =>
        failed(new CarbonbusError('CLIENT_GONE', 'nobody waits for the answer'));
      const end = (): void => {
        clearTimeout(timer);
        stay?.();
        this.#waiting.delete(reply);
      };
      const failed = (error: CarbonbusError): void => {
        end();
        reject(error);
      };
      const timer = setTimeout(() => {
        const text = `${subject} did not answer within ${timeoutMs} ms`;
        failed(new CarbonbusError('REQUEST_TIMEOUT', text));
      }, timeoutMs);
      const answered = (answer: Uint8Array): void => {
        end();
        resolve(answer);
      };
      this.#waiting.set(reply, { subject, parts: [], bytes: 0, resolve: answered, reject: failed });
      const stay = waiter?.onGone(abandon);
      if (waiter?.isGone) abandon();
      else this.#send(subject, bytes, reply, failed);
    });
  }

  #send(
    subject: string,
    bytes: Uint8Array,
    reply: string,
    failed: (error: CarbonbusError) => void,
  ): void {
    try {
      this.#subscribe();
      this.#connection.publish(subject, bytes, { reply });
    } catch (cause) {
      failed(new CarbonbusError('REQUEST_FAILED', `${subject}: ${errorText(cause)}`, { cause }));
    }
  }

  /** With the first request: not everybody asks. */
  #subscribe(): void {
    if (this.#isSubscribed) return;
    this.#connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error) this.#failAll(error);
        else this.#take(message);
      },
    });
    this.#isSubscribed = true;
  }

  #take(message: Msg): void {
    const waiting = this.#waiting.get(message.subject);
    if (waiting === undefined) return;
    const { data } = message;
    const { subject, parts } = waiting;
    if (data.length === 0 && message.headers?.code === NO_RESPONDERS) {
      waiting.reject(new CarbonbusError('NO_RESPONDER', `nobody answers ${subject}`));
      return;
    }
    waiting.bytes += data.length;
    if (waiting.bytes > REPLY_BYTES_MAX) {
      waiting.reject(new CarbonbusError('REPLY_TOO_LARGE', `the reply of ${subject} is too large`));
      return;
    }
    parts.push(data);
    if (data.length === PART_BYTES) return;
    if (parts.length === 1) {
      waiting.resolve(data);
      return;
    }
    const whole = Buffer.concat(parts, waiting.bytes);
    for (const part of parts) giveBack(part);
    waiting.resolve(whole);
  }

  /** The server takes the subscription back. */
  #failAll(cause: NatsError): void {
    this.#isSubscribed = false;
    for (const { subject, reject } of [...this.#waiting.values()])
      reject(new CarbonbusError('REQUEST_FAILED', `${subject}: ${errorText(cause)}`, { cause }));
  }
}
