import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Sender } from '../actors/receiver/rejection-log.js';
import { type ListenAddress, portUnavailable } from './ports.js';

/** Room for datagrams in the kernel while the process is busy; the kernel may give less. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** Listens on a UDP port. */
export class DatagramServer {
  readonly #receive: (bytes: Uint8Array, sender: Sender) => void;
  #socket: Socket | undefined;

  constructor(receive: (bytes: Uint8Array, sender: Sender) => void) {
    this.#receive = receive;
  }

  async listen(address: ListenAddress): Promise<void> {
    const type = isIPv6(address.host) ? 'udp6' : 'udp4';
    const socket = createSocket({ type, recvBufferSize: RECEIVE_BUFFER_BYTES });
    socket.on('message', this.#receive);
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
