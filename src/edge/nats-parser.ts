import { Parser } from 'nats/lib/nats-base-client/parser.js';

/** Of the client's parser: the message that is being read, if it did not come in one piece. */
interface Reading {
  ma?: { size: number };
  msgBuf?: { readonly length: number; grow(bytes: number): void };
}

/**
 * Has the client make room for a whole message as soon as it knows its size. By itself it doubles the room with each piece
 * of 64 KiB that comes in, copies what it has, and leaves three times the message as garbage.
 */
export function makeRoomForWholeMessages(): void {
  const parse = Parser.prototype.parse;
  Parser.prototype.parse = function (this: Parser & Reading, piece: Uint8Array): void {
    const before = this.msgBuf;
    parse.call(this, piece);
    const { msgBuf, ma } = this;
    if (msgBuf === undefined || msgBuf === before || ma === undefined) return;
    const missing = ma.size - msgBuf.length;
    if (missing > 0) msgBuf.grow(missing);
  };
}
