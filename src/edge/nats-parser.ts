import { Kind, type MsgArg, Parser } from 'nats/lib/nats-base-client/parser.js';
import type { LargeMessage } from './nats-framing.js';

/** What the parser takes: bytes as they came, or a large message. */
export type NatsPiece = Uint8Array | LargeMessage;

/** Of the client's parser: the message that is being read, if it did not come in one piece. */
interface Reading {
  ma?: { size: number };
  msgBuf?: { readonly length: number; grow(bytes: number): void };
}

const LETTER_H = 0x48;

/**
 * Has the client's parser take large messages that have been put together already. For others it makes room for the whole
 * message as soon as it knows its size: by itself it doubles the room with each piece of 64 KiB that comes in, copies what
 * it has, and leaves three times the message as garbage.
 */
export function makeRoomForWholeMessages(): void {
  const parse = Parser.prototype.parse;
  Parser.prototype.parse = function (this: Parser & Reading, piece: NatsPiece): void {
    if ('payload' in piece) {
      dispatch(this, piece);
      return;
    }
    const before = this.msgBuf;
    parse.call(this, piece);
    const { msgBuf, ma } = this;
    if (msgBuf === undefined || msgBuf === before || ma === undefined) return;
    const missing = ma.size - msgBuf.length;
    if (missing > 0) msgBuf.grow(missing);
  };
}

function dispatch(parser: Parser, { line, payload }: LargeMessage): void {
  const hasHeaders = line[0] === LETTER_H;
  parser.hdr = hasHeaders ? 0 : -1;
  parser.ma = { sid: -1, hdr: -1, size: -1 } as MsgArg;
  parser.processMsgArgs(line.subarray(hasHeaders ? 'HMSG'.length : 'MSG'.length));
  parser.dispatcher.push({ kind: Kind.MSG, msg: parser.ma, data: payload });
}
