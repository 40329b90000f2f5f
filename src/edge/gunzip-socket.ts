import type { Socket } from 'node:net';
import { constants, createGunzip } from 'node:zlib';
import type { PeerInput } from '../actors/receiver/stream-receiver.js';

/** Unpacked bytes that are handed over at a time; no more than two of them are in memory, whatever the input says. */
const PIECE_BYTES = 64 * 1024;

/** What a receiver stops and starts: a socket, or what unpacks its bytes. */
export interface SocketBytes {
  pause(): unknown;
  resume(): unknown;
}

/** True for the beginning of what gzip has packed. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && (bytes.length === 1 || bytes[1] === 0x8b);
}

/** Unpacks, piece by piece into `input`, what is handed to `read` of the bytes that a socket brings. */
export function unpacking(
  socket: Socket,
  input: PeerInput,
): { readonly source: SocketBytes; read(bytes: Uint8Array): void } {
  // A connection that is cut off gives what had come.
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES, finishFlush: constants.Z_SYNC_FLUSH });
  let last: Buffer = Buffer.alloc(0);
  gunzip.on('data', (piece: Buffer) => input.data(piece));
  gunzip.on('error', () => input.garbled(last));
  gunzip.on('end', () => input.end());
  gunzip.on('drain', () => socket.resume());
  socket.on('close', () => gunzip.end());
  const read = (bytes: Uint8Array): void => {
    // They are read again when their turn comes.
    last = Buffer.from(bytes);
    if (!gunzip.write(last)) socket.pause();
  };
  return { source: gunzip, read };
}
