import type { Socket } from 'node:net';
import type { NatsConnection } from 'nats';
import { assert } from '../assert.js';

/** Of the client: what lies under its public face. */
interface ClientProtocol {
  readonly connected: boolean;
  readonly info?: { readonly max_payload: number };
  readonly transport: { readonly socket?: Socket };
  /** Writes what was published before. */
  flushPending(): void;
}

const LINE_END = Buffer.from('\r\n');

/**
 * The socket of a connection of the client's, for large messages. The client itself copies each message twice and leaves the
 * copies as garbage, so much of it that V8 marks its whole heap several times a second.
 */
export class NatsOutlet {
  readonly #connection: NatsConnection;
  readonly #protocol: ClientProtocol;

  constructor(connection: NatsConnection) {
    const { protocol } = connection as unknown as { protocol?: ClientProtocol };
    assert(protocol?.transport !== undefined, 'the client has its protocol, and that a transport');
    this.#connection = connection;
    this.#protocol = protocol;
  }

  /** How many bytes a message may have, headers included; undefined while there is no connection. */
  get room(): number | undefined {
    return this.#socket && this.#protocol.info?.max_payload;
  }

  /**
   * Writes a message after those that were published before. There has to be a connection.
   *
   * @param head all that comes before the payload
   * @param bytes the payload, which has to stay as it is
   */
  write(head: string, bytes: Uint8Array): void {
    const socket = this.#socket;
    assert(socket !== undefined, 'there is a connection');
    this.#protocol.flushPending();
    socket.cork();
    socket.write(head, 'latin1');
    socket.write(bytes);
    socket.write(LINE_END);
    socket.uncork();
  }

  get #socket(): Socket | undefined {
    const { connected, transport } = this.#protocol;
    return this.#connection.isClosed() || !connected ? undefined : transport.socket;
  }
}
