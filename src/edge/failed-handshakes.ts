import type { Server, Socket } from 'node:net';
import { errorText } from '../errors.js';

/** Tells of everybody who connects to a server that speaks TLS and cannot show that they may, and closes them. */
export function onFailedHandshake(
  server: Server,
  failed: (socket: Socket, reason: string) => void,
): void {
  server.on('tlsClientError', (error: Error, socket: Socket) => {
    failed(socket, errorText(error));
    socket.destroy();
  });
}
