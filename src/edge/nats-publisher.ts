import type { Socket } from 'node:net';
import { createInbox, type Msg, type NatsConnection } from 'nats';
import { assert } from '../assert.js';
import { CarbonbusError } from '../errors.js';

/** Of the client: what lies under its public face. */
interface ClientParts {
  readonly options: { readonly inboxPrefix?: string };
  readonly protocol: {
    readonly connected: boolean;
    readonly info?: { readonly max_payload: number };
    readonly transport: { readonly socket?: Socket };
    /** Writes what was published before. */
    flushPending(): void;
  };
}

interface Waiting {
  answered(message: Msg): void;
  readonly timer: NodeJS.Timeout;
}

const LINE_END = Buffer.from('\r\n');

/**
 * Publishes large messages that want an answer, over the socket of a connection of the client's. The client itself copies
 * each message twice and leaves the copies as garbage, so much of it that V8 marks its whole heap several times a second.
 *
 * The bytes of a message go to the socket as they are, and must stay as they are until the publish is over. It is not over
 * before a server has all of them, or the socket is gone: an answer to an earlier try does not count.
 */
export class NatsPublisher {
  readonly #connection: NatsConnection;
  readonly #protocol: ClientParts['protocol'];
  readonly #timeoutMs: number;
  readonly #inbox: string;
  readonly #waiting = new Map<string, Waiting>();
  #published = 0;

  constructor(connection: NatsConnection, timeoutMs: number) {
    const { options, protocol } = connection as unknown as ClientParts;
    assert(protocol?.transport !== undefined, 'the client has its protocol, and that a transport');
    this.#connection = connection;
    this.#protocol = protocol;
    this.#timeoutMs = timeoutMs;
    this.#inbox = `${createInbox(options.inboxPrefix)}.`;
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
    const { socket, room } = this.#way();
    const length = headers.length + bytes.length;
    if (length > room) throw unanswered(`a message of ${length} bytes is larger than ${room}`);
    const answer = new Promise<Msg>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(token);
        reject(unanswered(`no answer within ${this.#timeoutMs} ms`));
      }, this.#timeoutMs);
      this.#waiting.set(token, { answered: resolve, timer });
    });
    this.#protocol.flushPending();
    socket.cork();
    socket.write(
      `HPUB ${subject} ${this.#inbox}${token} ${headers.length} ${length}\r\n${headers}`,
      'latin1',
    );
    socket.write(bytes);
    socket.write(LINE_END);
    socket.uncork();
    return answer;
  }

  /** Where it goes, and how long it may be. */
  #way(): { socket: Socket; room: number } {
    const { connected, info, transport } = this.#protocol;
    const { socket } = transport;
    if (this.#connection.isClosed() || !connected || info === undefined || socket === undefined)
      throw unanswered('no connection to nats-server');
    return { socket, room: info.max_payload };
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
