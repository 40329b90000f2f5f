import { createInbox, type Msg, type NatsConnection } from 'nats';
import { CarbonbusError } from '../errors.js';
import { NatsOutlet } from './nats-outlet.js';

interface Waiting {
  answered(message: Msg): void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Publishes large messages that want an answer, over the socket of a connection of the client's.
 *
 * The bytes of a message go to the socket as they are, and must stay as they are until the publish is over. It is not over
 * before a server has all of them, or the socket is gone: an answer to an earlier try does not count.
 */
export class NatsPublisher {
  readonly #outlet: NatsOutlet;
  readonly #timeoutMs: number;
  readonly #inbox: string;
  readonly #waiting = new Map<string, Waiting>();
  #published = 0;

  constructor(connection: NatsConnection, timeoutMs: number) {
    const { options } = connection as { options?: { inboxPrefix?: string } };
    this.#outlet = new NatsOutlet(connection);
    this.#timeoutMs = timeoutMs;
    this.#inbox = `${createInbox(options?.inboxPrefix)}.`;
    connection.subscribe(`${this.#inbox}*`, {
      callback: (error, message) => {
        if (error === null) this.#answered(message);
      },
    });
  }

  /**
   * Resolves with the answer.
   *
   * @param id of the message, for JetStream
   * @throws CarbonbusError `PUBLISH_UNANSWERED` when nothing came in time, or nothing can come
   */
  async publish(subject: string, bytes: Uint8Array, id: string): Promise<Msg> {
    const token = String(this.#published++);
    const headers = `NATS/1.0\r\nNats-Msg-Id: ${id}\r\n\r\n`;
    const length = headers.length + bytes.length;
    const { room } = this.#outlet;
    if (room === undefined) throw unanswered('no connection to nats-server');
    if (length > room) throw unanswered(`a message of ${length} bytes is larger than ${room}`);
    const answer = new Promise<Msg>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(token);
        reject(unanswered(`no answer within ${this.#timeoutMs} ms`));
      }, this.#timeoutMs);
      this.#waiting.set(token, { answered: resolve, timer });
    });
    const head = `HPUB ${subject} ${this.#inbox}${token} ${headers.length} ${length}\r\n${headers}`;
    this.#outlet.write(head, bytes);
    return answer;
  }

  #answered(message: Msg): void {
    const token = message.subject.slice(this.#inbox.length);
    const waiting = this.#waiting.get(token);
    if (waiting === undefined) return; // It came too late.
    this.#waiting.delete(token);
    clearTimeout(waiting.timer);
    waiting.answered(message);
  }
}

function unanswered(text: string): CarbonbusError {
  return new CarbonbusError('PUBLISH_UNANSWERED', text);
}
