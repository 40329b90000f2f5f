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

/** Unpacks what a socket brings, of which `first` has been read, piece by piece into `input`. */
export function unpacked(socket: Socket, first: Buffer, input: PeerInput): SocketBytes {
  // A connection that is cut off gives what had come.
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES, finishFlush: constants.Z_SYNC_FLUSH });
  gunzip.on('data', (piece: Buffer) => input.data(piece));
  gunzip.on('error', () => input.garbled(first));
  gunzip.on('end', () => input.end());
  socket.on('close', () => gunzip.end());
  gunzip.write(first);
  socket.pipe(gunzip);
  return gunzip;
}
