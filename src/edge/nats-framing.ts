import { assert } from '../assert.js';
import type { PayloadRooms } from './nats-payload-rooms.js';

/** Payloads from this size on get room of their own at once; smaller ones are left to the parser of the client. */
export const LARGE_PAYLOAD_BYTES = 16 * 1024;

const [NEWLINE, RETURN, ZERO] = [0x0a, 0x0d, 0x30];
const [LETTER_H, LETTER_M] = [0x48, 0x4d];
const NOTHING = new Uint8Array(0);

/** A message with a large payload. */
export interface LargeMessage {
  /** `MSG <subject> <sid> [reply] <size>` or `HMSG ... <headers' size> <size>`. */
  readonly line: Uint8Array;
  /** Headers, if there are any, and what is behind them. */
  readonly payload: Uint8Array;
}

/**
 * Divides what a nats-server sends (https://docs.nats.io/reference/reference-protocols/nats-protocol) into large messages and
 * all the rest, in the order in which they came. Nothing of the bytes that come in is kept: they may lie in memory that the
 * next ones are read into.
 */
export class NatsFraming {
  readonly #rooms: PayloadRooms;
  readonly #large: (message: LargeMessage) => void;
  readonly #rest: (bytes: Uint8Array) => void;
  /** The beginning of a line whose end has not come. */
  #held: Uint8Array = NOTHING;
  /** The large message that is coming in, and how much of it has come. */
  #message: LargeMessage | undefined;
  #filled = 0;
  /** Bytes to come of a small payload and the end of its line. */
  #smallLeft = 0;
  /** Bytes to come of the end of the line behind a large payload, which nobody needs. */
  #endLeft = 0;

  /** @param rest gets copies */
  constructor(
    rooms: PayloadRooms,
    large: (message: LargeMessage) => void,
    rest: (bytes: Uint8Array) => void,
  ) {
    this.#rooms = rooms;
    this.#large = large;
    this.#rest = rest;
  }

  /** Takes what was read. */
  read(read: Uint8Array): void {
    const bytes = this.#held.length === 0 ? read : Buffer.concat([this.#held, read]);
    this.#held = NOTHING;
    for (let p = 0; p < bytes.length; ) {
      if (this.#message !== undefined) p = this.#fill(bytes, p);
      else if (this.#endLeft > 0) {
        const left = Math.min(this.#endLeft, bytes.length - p);
        this.#endLeft -= left;
        p += left;
      } else p = this.#small(bytes, p);
    }
  }

  /** Brings the payload of a large message further. Returns where it ends here. */
  #fill(bytes: Uint8Array, p: number): number {
    const message = this.#message;
    assert(message !== undefined, 'only what has begun is brought further');
    const end = Math.min(bytes.length, p + message.payload.length - this.#filled);
    message.payload.set(bytes.subarray(p, end), this.#filled);
    this.#filled += end - p;
    if (this.#filled === message.payload.length) {
      this.#message = undefined;
      this.#endLeft = 2;
      this.#large(message);
    }
    return end;
  }

  /** Hands on all that comes before the next large message. Returns where its payload begins, or the end. */
  #small(bytes: Uint8Array, from: number): number {
    let p = from;
    for (;;) {
      const left = Math.min(this.#smallLeft, bytes.length - p);
      this.#smallLeft -= left;
      p += left;
      if (p === bytes.length) break;
      const end = bytes.indexOf(NEWLINE, p);
      if (end < 0) {
        this.#held = copied(bytes, p, bytes.length);
        break;
      }
      const size = payloadSize(bytes, p, end);
      if (size >= LARGE_PAYLOAD_BYTES) {
        this.#begin(copied(bytes, p, end - 1), size);
        this.#handOn(bytes, from, p);
        return end + 1;
      }
      p = end + 1;
      this.#smallLeft = size < 0 ? 0 : size + 2;
    }
    this.#handOn(bytes, from, p);
    return bytes.length;
  }

  #begin(line: Uint8Array, size: number): void {
    this.#message = { line, payload: this.#rooms.take(size) };
    this.#filled = 0;
  }

  #handOn(bytes: Uint8Array, from: number, to: number): void {
    if (to > from) this.#rest(copied(bytes, from, to));
  }
}

/** The last number of the line `[start, end)` if a payload of so many bytes comes behind it; otherwise -1. */
function payloadSize(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== LETTER_M && bytes[start] !== LETTER_H) return -1;
  let p = bytes[end - 1] === RETURN ? end - 1 : end;
  let size = 0;
  for (let power = 1; p > start; power *= 10) {
    const digit = bytes[p - 1] - ZERO;
    if (digit < 0 || digit > 9) break;
    size += digit * power;
    p--;
  }
  return size;
}

/** `slice` of a `Buffer` would be a view. */
function copied(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}
