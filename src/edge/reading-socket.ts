import { Socket } from 'node:net';
import { assert } from '../assert.js';

/** The connection itself, under the socket: Node has no public name for it. */
interface WithHandle {
  _handle: object | null;
}

/**
 * Puts a socket that reads into `room` in the place of one that a server has just accepted (with `pauseOnConnect`). Node
 * offers that only for sockets that connect themselves; a read makes no buffer then, and no garbage.
 *
 * @param read gets a view of `room`, good until it returns
 */
export function readingInto(
  room: Uint8Array,
  accepted: Socket,
  read: (bytes: Uint8Array) => void,
): Socket {
  const under = accepted as unknown as WithHandle;
  assert(under._handle !== null, 'an accepted socket has its connection');
  const callback = (length: number): boolean => {
    read(room.subarray(0, length));
    return true;
  };
  const handle = under._handle;
  under._handle = null;
  const socket = new Socket({ handle, onread: { buffer: room, callback } } as object);
  // The server counts its connections by the sockets that it has made.
  socket.once('close', () => accepted.destroy());
  return socket;
}
