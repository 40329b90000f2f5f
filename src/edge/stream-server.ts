import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Sender } from '../actors/receiver/rejection-log.js';
import type { Peer, StreamReceiver } from '../actors/receiver/stream-receiver.js';
import { CarbonbusError, errorText } from '../errors.js';
import type { PointSource } from '../protocols/audit-messages.js';
import { roomWithHeadroom } from '../protocols/line-join.js';
import type { StreamDecoder } from '../protocols/stream-decoder.js';
import type { Files } from '../storage/files.js';
import { onFailedHandshake } from './failed-handshakes.js';
import { isGzip, type SocketBytes, unpacking } from './gunzip-socket.js';
import { type ListenAddress, portUnavailable } from './ports.js';
import { readingInto } from './reading-socket.js';
import { removeStaleSocket } from './unix-socket.js';

/** What all sockets without TLS read into, one after the other: receivers keep nothing of it. */
const ROOM = roomWithHeadroom(128 * 1024);

export interface StreamServerOptions {
  receiver: StreamReceiver;
  /** A decoder for one connection. */
  decoder: () => StreamDecoder;
  /** What its points are counted for. */
  source: PointSource;
  backlog: number;
  connectionsMax: number;
  keepAlive: boolean;
  keepIdleMs: number;
  /** What speaks TLS has it. */
  tls: TlsOptions | undefined;
}

/** A Unix socket to listen on. */
export interface SocketPath {
  path: string;
  mode: number;
  setting: string;
}

/**
 * Listens for one protocol on a TCP port, with or without TLS, or on a Unix socket, and hands the connections to
 * the receiver. Senders may pack what they send with gzip: no protocol of Carbon's begins with its magic bytes.
 */
export class StreamServer {
  readonly #options: StreamServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: StreamServerOptions) {
    this.#options = options;
    const { receiver, tls } = options;
    const sockets = {
      noDelay: true,
      keepAlive: options.keepAlive,
      keepAliveInitialDelay: options.keepIdleMs,
    };
    if (tls === undefined) {
      this.#server = createServer({ ...sockets, pauseOnConnect: true }, (accepted) =>
        this.#connected((read) => readingInto(ROOM, accepted, read)),
      );
    } else {
      this.#server = createTlsServer({ ...sockets, ...tls }, (socket) =>
        this.#connected((read) => socket.on('data', read)),
      );
      onFailedHandshake(this.#server, (socket, reason) =>
        receiver.handshakeFailed(senderOf(socket), reason),
      );
    }
    this.#server.maxConnections = options.connectionsMax;
    this.#server.on('drop', () => receiver.refused());
  }

  /** @throws CarbonbusError `PORT_UNAVAILABLE` */
  async listen({ setting, ...address }: ListenAddress): Promise<void> {
    this.#server.listen({ ...address, backlog: this.#options.backlog });
    await once(this.#server, 'listening').catch((cause) => {
      throw portUnavailable({ protocol: 'tcp', setting, ...address }, cause);
    });
  }

  /** @throws CarbonbusError `PORT_UNAVAILABLE` */
  async listenOnSocket({ path, mode, setting }: SocketPath, files: Files): Promise<void> {
    try {
      await removeStaleSocket(files, path);
      const umask = process.umask(0o777 & ~mode);
      // The socket is made within the call, with the permissions that it is to have from the first moment on.
      this.#server.listen({ path, backlog: this.#options.backlog });
      process.umask(umask);
      await once(this.#server, 'listening');
    } catch (cause) {
      throw new CarbonbusError(
        'PORT_UNAVAILABLE',
        `cannot listen on ${path} (${errorText(cause)}): change ${setting}`,
        { cause },
      );
    }
  }

  /** Takes no new connection and no more bytes. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** @param open makes a socket whose bytes go to `read`, from the next turn of the event loop on */
  #connected(open: (read: (bytes: Uint8Array) => void) => Socket): void {
    let read: (bytes: Uint8Array) => void;
    const socket = open((bytes) => read(bytes));
    let source: SocketBytes = socket;
    socket.on('error', () => socket.destroy());
    const peer: Peer = {
      ...senderOf(socket),
      pause: () => source.pause(),
      resume: () => source.resume(),
      close: () => socket.destroy(),
    };
    const { receiver, decoder, source: countedFor } = this.#options;
    const input = receiver.connected(peer, decoder(), countedFor);
    if (input === undefined) return;
    read = (first) => {
      if (isGzip(first)) ({ source, read } = unpacking(socket, input));
      else read = input.data;
      read(first);
    };
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (source === socket) input.end();
    });
  }
}

/** Who is at the other end. */
export function senderOf({ remoteAddress, remotePort }: Socket): Sender {
  if (remoteAddress === undefined || remotePort === undefined) return { address: 'unix' };
  return { address: remoteAddress, port: remotePort };
}
