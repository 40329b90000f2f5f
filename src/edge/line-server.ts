import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import type { LineReceiver } from '../actors/receiver/line-receiver.js';
import { portUnavailable } from './ports.js';

/** Room for datagrams in the kernel while the process is busy; the kernel may give less. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** Where to listen, and the setting that says so. */
export interface ListenAddress {
  host: string;
  port: number;
  setting: string;
}

/** Listens for Carbon's line protocol on TCP and hands the sockets to the receiver. */
export class LineTcpServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(receiver: LineReceiver) {
    this.#server = createServer(
      { pauseOnConnect: false, noDelay: true, keepAlive: true },
      (socket) => this.#connected(socket, receiver),
    );
  }

  async listen(address: ListenAddress): Promise<void> {
    this.#server.listen(address.port, address.host);
    await once(this.#server, 'listening').catch((cause) => {
      throw portUnavailable({ protocol: 'tcp', ...address }, cause);
    });
  }

  /** Takes no new connection and no more bytes. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #connected(socket: Socket, receiver: LineReceiver): void {
    const input = receiver.connected({
      address: `${socket.remoteAddress}:${socket.remotePort}`,
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      close: () => socket.destroy(),
    });
    if (input === undefined) return;
    this.#sockets.add(socket);
    socket.on('data', (chunk: Buffer) => input.data(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      input.end();
    });
  }
}

/** Listens for Carbon's line protocol on UDP. */
export class LineUdpServer {
  readonly #receiver: LineReceiver;
  #socket: UdpSocket | undefined;

  constructor(receiver: LineReceiver) {
    this.#receiver = receiver;
  }

  async listen(address: ListenAddress): Promise<void> {
    const type = isIPv6(address.host) ? 'udp6' : 'udp4';
    const socket = createSocket({ type, recvBufferSize: RECEIVE_BUFFER_BYTES });
    socket.on('message', (bytes) => this.#receiver.datagram(bytes));
    socket.bind(address.port, address.host);
    await once(socket, 'listening').catch((cause) => {
      throw portUnavailable({ protocol: 'udp', ...address }, cause);
    });
    this.#socket = socket;
  }

  close(): void {
    this.#socket?.close();
  }
}
