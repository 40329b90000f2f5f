import { createInbox, type Msg, type NatsConnection, nanos, type Subscription } from 'nats';
import type { LogPlace } from '../actors/ports/log.js';
import { assert } from '../assert.js';
import { CarbonbusError } from '../errors.js';
import { PullRequests } from './nats-pull-requests.js';

/** The server drops a request after so long, and says so. */
const EXPIRES_MS = 5_000;
/** After so long without a word it has dropped a request all the same. */
const OVERDUE_MS = EXPIRES_MS + 2_000;
/** Nothing was heard for so long while it was asked: nobody has our requests. */
const SILENCE_MS_MAX = 2 * EXPIRES_MS;
/** Messages of one request at most. */
const REQUEST_MESSAGES_MAX = 256;

/** Of status messages: a request is over as its time is, and what a request ends with besides. */
const [TIMED_OUT, CONFLICT] = [408, 409];
const SIZE_CONFLICT = /message size exceeds/i;
/** With the status that ends a request: how many messages it had left. */
const LEFT_HEADER = 'Nats-Pending-Messages';
/** Requests that ended one after the other without a message between them: the log is idle. */
const QUIET_REQUESTS = 2;

/** A message of a consumer's. */
export interface Pulled extends Readonly<LogPlace> {
  /** How many messages the consumer has delivered, with this one. */
  readonly delivery: number;
  /** How many the log holds behind it. */
  readonly pending: number;
  readonly bytes: Uint8Array;
}

/**
 * Pulls the messages of a consumer that wants no acknowledgements. The client's own way takes a message through five iterators,
 * looks at its headers several times, and has each request end with a status message; a reader of many logs has more to do with
 * that than with most of what it reads.
 *
 * No more is asked for than goes into `bytesMax` together with what nobody has taken yet.
 */
export class Pulling {
  readonly #connection: NatsConnection;
  readonly #subject: string;
  readonly #inbox: string;
  readonly #requestBytes: number;
  readonly #subscription: Subscription;
  readonly #messages: Pulled[] = [];
  #waitingBytes = 0;
  readonly #requests = new PullRequests();
  #requested = 0;
  /** Requests that ended since the last message came. */
  #endedQuietly = 0;
  /** Of the messages that come: what a request is cut for. */
  #largeBytes: number;
  #heardMs = performance.now();
  #wake: (() => void) | undefined;
  #isConnected = true;
  /** The next message does not go into a request. */
  #isOversized = false;
  #isOver = false;
  #failure: CarbonbusError | undefined;

  /** @param bytesMax what is asked for, and what nobody has taken yet, together; a single message may be larger */
  constructor(connection: NatsConnection, stream: string, consumer: string, bytesMax: number) {
    const { options } = connection as { options?: { inboxPrefix?: string } };
    this.#connection = connection;
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    this.#inbox = `${createInbox(options?.inboxPrefix)}.`;
    this.#requestBytes = Math.floor(bytesMax / 2);
    this.#largeBytes = bytesMax;
    this.#subscription = connection.subscribe(`${this.#inbox}*`, {
      callback: (error, message) => {
        if (error === null) this.#take(message);
        else this.#fail(error.message);
      },
    });
    void this.#subscription.closed.then(() => this.#fail('the connection is closed'));
    this.#ask();
  }

  /**
   * The next message, or undefined after `close`.
   *
   * @throws CarbonbusError `PULL_FAILED` when no more will come: the consumer is lost, or nobody has our requests
   */
  async next(): Promise<Pulled | undefined> {
    while (this.#messages.length === 0 && !this.#isOver)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    const message = this.#messages.shift();
    if (message === undefined) {
      if (this.#failure !== undefined) throw this.#failure;
      return undefined;
    }
    this.#waitingBytes -= message.bytes.length;
    this.#ask();
    return message;
  }

  /** What was asked for is lost with a connection. What is lost besides shows as a gap between deliveries. */
  connectionChanged(isConnected: boolean): void {
    this.#isConnected = isConnected;
    this.#requests.clear();
    this.#heardMs = performance.now();
    this.#ask();
  }

  /** Nobody answers to what was asked for: it does not have to be waited for. */
  consumerGone(): void {
    this.#fail('the consumer is gone');
  }

  /** Asks for no more, and forgets what nobody has taken. */
  close(): void {
    this.#messages.length = 0;
    this.#end();
  }

  #take(message: Msg): void {
    this.#heardMs = performance.now();
    if (message.subject.startsWith(this.#inbox)) this.#takeStatus(message);
    else this.#takeMessage(pulledFrom(message));
    this.#ask();
    this.#wake?.();
  }

  #takeMessage(pulled: Pulled): void {
    const { length } = pulled.bytes;
    this.#messages.push(pulled);
    this.#waitingBytes += length;
    this.#largeBytes = Math.max(length, this.#largeBytes - (this.#largeBytes - length) / 8);
    this.#requests.delivered();
    this.#endedQuietly = 0;
  }

  #takeStatus({ subject, headers }: Msg): void {
    const left = headers?.get(LEFT_HEADER);
    this.#requests.ended(subject, left ? Number(left) : undefined);
    this.#endedQuietly++;
    const { code, description } = headers ?? { code: 0, description: 'no status' };
    this.#isOversized = code === CONFLICT && SIZE_CONFLICT.test(description);
    if (code !== TIMED_OUT && !this.#isOversized) this.#fail(`${code} ${description}`);
  }

  /** Keeps two requests at the server, so that it has one while the other is answered; where nothing comes, one is enough. */
  #ask(): void {
    if (!this.#isConnected || this.#connection.isDraining() || this.#connection.isClosed()) return;
    const most = this.#endedQuietly < QUIET_REQUESTS ? 2 : 1;
    while (this.#requests.count < most && !this.#isOver) {
      const waiting = this.#waitingBytes / this.#requestBytes + this.#requests.count;
      if (waiting > 1) return;
      this.#request();
    }
  }

  #request(): void {
    const bytes = this.#requestBytes;
    const messages = this.#isOversized ? 1 : Math.floor(bytes / this.#largeBytes);
    const batch = Math.max(1, Math.min(REQUEST_MESSAGES_MAX, messages));
    const limit = this.#isOversized ? {} : { max_bytes: bytes };
    this.#isOversized = false;
    const inbox = `${this.#inbox}${this.#requested++}`;
    this.#requests.asked(inbox, batch, performance.now());
    const wanted = JSON.stringify({ batch, ...limit, expires: nanos(EXPIRES_MS) });
    this.#connection.publish(this.#subject, wanted, { reply: inbox });
  }

  /** Ends the reading where nobody answers. To be called every second or so. */
  look(): void {
    const nowMs = performance.now();
    if (this.#requests.count === 0) this.#heardMs = nowMs;
    else if (nowMs - this.#heardMs > SILENCE_MS_MAX)
      this.#fail('nobody answers to what was asked for');
    this.#requests.forgetBefore(nowMs - OVERDUE_MS);
    this.#ask();
  }

  #fail(reason: string): void {
    if (this.#isOver) return;
    this.#failure = new CarbonbusError('PULL_FAILED', reason);
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#subscription.unsubscribe();
    this.#wake?.();
  }
}

/**
 * Reads the subject that an acknowledgement would go to, `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<delivery>.<time>.<pending>`,
 * with a domain and an account before the stream where servers have such (ADR-15 of nats-architecture-and-design).
 */
function pulledFrom({ reply, data: bytes }: Msg): Pulled {
  const tokens = reply?.split('.') ?? [];
  assert(tokens.length >= 9, 'a message of a consumer says where it would be acknowledged');
  const at = tokens.length === 9 ? 5 : 7;
  const [sequence, delivery, storedAtNs, pending] = tokens.slice(at, at + 4).map(Number);
  return { sequence, delivery, storedAtMs: Math.floor(storedAtNs / 1e6), pending, bytes };
}
