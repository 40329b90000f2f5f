import { isUtf8 } from 'node:buffer';
import { decodeBatch } from '../../protocols/batch.js';
import type { FrameDecoder } from '../../protocols/framed-points.js';
import { LineStream } from '../../protocols/line.js';
import { JoinBuffer } from '../../protocols/line-join.js';
import { isUnusualName } from '../../protocols/line-odd.js';
import { PicklePoints } from '../../protocols/pickle-points.js';
import { PointBlock } from '../../protocols/points.js';
import { ProtobufPoints } from '../../protocols/protobuf-points.js';
import type { RejectionSink } from '../../protocols/rejection.js';
import type { Clock } from '../ports/clock.js';
import type { Ticket } from './ticket.js';

const NEWLINE = Uint8Array.of(10);

/** How the points of one whole input are written: lines, a columnar batch, a pickle, a protobuf `Payload`. */
export type InputForm = 'lines' | 'batch' | 'pickle' | 'protobuf';

/** What takes points, and follows them by a ticket: the relay. */
export interface TicketedPoints {
  accept(block: PointBlock, ticket: Ticket): void;
}

/** Decodes input that comes as a whole and is answered for: messages from NATS and bodies of requests. */
export class WholeInput {
  readonly #rejections: RejectionSink;
  readonly #clock: Clock;
  readonly #block = new PointBlock();
  readonly #join = new JoinBuffer();
  readonly #frames: Record<'pickle' | 'protobuf', FrameDecoder> = {
    pickle: new PicklePoints(),
    protobuf: new ProtobufPoints(),
  };

  constructor(rejections: RejectionSink, clock: Clock) {
    this.#rejections = rejections;
    this.#clock = clock;
  }

  /** Hands the points of `bytes` to `relay` under `ticket`. */
  accept(bytes: Uint8Array, form: InputForm, relay: TicketedPoints, ticket: Ticket): void {
    if (form === 'lines') {
      this.#acceptLines(bytes, relay, ticket);
      return;
    }
    if (form === 'batch') this.#decodeBatch(bytes);
    else this.#decodeFrame(bytes, this.#frames[form]);
    relay.accept(this.#block, ticket);
  }

  /**
   * Text is read as lines of a connection are, but it is answered for: a line for which a connection would be
   * closed is skipped like any other bad one, and those behind it are read.
   */
  #acceptLines(bytes: Uint8Array, relay: TicketedPoints, ticket: Ticket): void {
    const ended = bytes.length === 0 || bytes[bytes.length - 1] === NEWLINE[0];
    const text = ended ? bytes : Buffer.concat([bytes, NEWLINE]);
    const nowS = this.#clock.nowMs() / 1000;
    for (let at = 0; at < text.length; ) {
      const lines = new LineStream(this.#join);
      const state = lines.push(text.subarray(at), this.#block, this.#rejections, nowS);
      relay.accept(this.#block, ticket);
      at = state === 'open' ? text.length : at + lines.closedAt;
    }
  }

  #decodeFrame(bytes: Uint8Array, decoder: FrameDecoder): void {
    const nowS = this.#clock.nowMs() / 1000;
    decoder.names.clear();
    this.#block.clear(decoder.names.bytes);
    const state = decoder.decodeFrame(bytes, this.#block, this.#rejections, nowS);
    if (state !== 'open') this.#rejections.reject(state, bytes, 0, bytes.length);
  }

  /** Applies to a batch what a line decoder applies to lines: -1 is now; NaN and bad UTF-8 are refused. */
  #decodeBatch(bytes: Uint8Array): void {
    const block = this.#block;
    if (decodeBatch(bytes, block) !== undefined) {
      this.#rejections.reject('malformed-batch', bytes, 0, bytes.length);
      return;
    }
    const namesAreText = isUtf8(block.bytes);
    const nowS = Math.floor(this.#clock.nowMs() / 1000);
    let kept = 0;
    for (let i = 0; i < block.count; i++) {
      const timestamp = block.timestamps[i];
      if (Number.isNaN(block.values[i])) this.#reject('nan-value', i);
      else if (!Number.isFinite(timestamp)) this.#reject('bad-timestamp', i);
      else if (!namesAreText && !this.#isText(i)) this.#reject('invalid-utf8', i);
      else {
        block.nameStart[kept] = block.nameStart[i];
        block.nameEnd[kept] = block.nameEnd[i];
        block.timestamps[kept] = timestamp === -1 ? nowS : timestamp;
        block.values[kept] = block.values[i];
        block.unusualName[kept] = isUnusualName(block.bytes, block.nameStart[i], block.nameEnd[i])
          ? 1
          : 0;
        kept++;
      }
    }
    block.count = kept;
  }

  #isText(i: number): boolean {
    const { bytes, nameStart, nameEnd } = this.#block;
    return isUtf8(bytes.subarray(nameStart[i], nameEnd[i]));
  }

  #reject(reason: 'nan-value' | 'bad-timestamp' | 'invalid-utf8', i: number): void {
    const { bytes, nameStart, nameEnd } = this.#block;
    this.#rejections.reject(reason, bytes, nameStart[i], nameEnd[i]);
  }
}
