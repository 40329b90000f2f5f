import { NodeTransport } from 'nats/lib/src/node_transport.js';
import { NatsFraming } from './nats-framing.js';
import type { NatsPiece } from './nats-parser.js';
import { PayloadRooms } from './nats-payload-rooms.js';
import { readingInto } from './reading-socket.js';

/** As much as readers may ask for on one connection. */
const SPARE_ROOM_BYTES_MAX = 24 * 1024 * 1024;

/** Where the payloads of large messages lie. */
const rooms = new PayloadRooms(SPARE_ROOM_BYTES_MAX);
/** What all connections without TLS read into, one after the other. */
const ROOM = new Uint8Array(128 * 1024);

/** Nobody looks at the payload of a message any more: another one may lie in its place. */
export function giveBack(payload: Uint8Array): void {
  rooms.giveBack(payload);
}

/**
 * Has the client read without a buffer for each read, and a large message into room that is used again. The client makes
 * 64 KiB for each read, and a buffer for each message that it copies them to: so much garbage that V8 marks its heap
 * several times a second. Connections with TLS are left as they are.
 */
export function readIntoRooms(): void {
  const setupHandlers = NodeTransport.prototype.setupHandlers;
  NodeTransport.prototype.setupHandlers = function (this: NodeTransport): void {
    // Until we have said who we are, the server says no more than it has: nothing is lost between two sockets.
    if (!this.isEncrypted()) {
      const pieces = (piece: NatsPiece): void => {
        this.yields.push(piece as Uint8Array);
        this.signal.resolve();
      };
      const framing = new NatsFraming(rooms, pieces, pieces);
      this.socket = readingInto(ROOM, this.socket, (bytes) => framing.read(bytes));
    }
    setupHandlers.call(this);
  };
}
