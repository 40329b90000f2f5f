import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Logger } from '../actors/ports/logger.js';
import type { CacheQueries } from '../actors/query/cache-queries.js';
import { errorText } from '../errors.js';
import { answer, CarbonlinkStream } from '../protocols/carbonlink.js';
import { onFailedHandshake } from './failed-handshakes.js';
import { type ListenAddress, portUnavailable } from './ports.js';

/** graphite-web keeps one connection a worker. */
const CONNECTIONS_MAX = 1_000;

/** Listens for Carbon's cache queries. Requests of a connection are answered one after the other, in order. */
export class CarbonlinkServer {
  readonly #server: Server;
  readonly #queries: CacheQueries;
  readonly #log: Logger;
  readonly #sockets = new Set<Socket>();
  /** Connections closed since what they sent is no request. */
  refused = 0;
  handshakesFailed = 0;

  /** @param tls what makes it speak TLS, and nothing else */
  constructor(queries: CacheQueries, log: Logger, tls?: TlsOptions) {
    this.#queries = queries;
    this.#log = log;
    const sockets = { noDelay: true, keepAlive: true };
    const connected = (socket: Socket): void => this.#connected(socket);
    this.#server =
      tls === undefined
        ? createServer(sockets, connected)
        : createTlsServer({ ...sockets, ...tls }, connected);
    onFailedHandshake(this.#server, () => this.handshakesFailed++);
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async listen(address: ListenAddress): Promise<void> {
    this.#server.listen(address.port, address.host);
    await once(this.#server, 'listening').catch((cause) => {
      throw portUnavailable({ protocol: 'tcp', ...address }, cause);
    });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #connected(socket: Socket): void {
    const stream = new CarbonlinkStream();
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      socket.pause();
      this.#answerAll(socket, stream, chunk).catch((error) => {
        this.#log.error({ error: errorText(error) }, 'a cache query failed');
        socket.destroy();
      });
    });
  }

  /** Answers what `chunk` completes; reads on once the peer has taken the answers. */
  async #answerAll(socket: Socket, stream: CarbonlinkStream, chunk: Uint8Array): Promise<void> {
    for (const request of stream.push(chunk)) {
      const bytes = await answer(request, this.#queries);
      if (socket.destroyed) return;
      if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
    }
    if (stream.state === 'open') {
      socket.resume();
      return;
    }
    this.refused++;
    this.#log.warn({ reason: stream.state }, 'closing a cache query connection');
    socket.end();
  }
}
