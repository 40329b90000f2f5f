import { isUtf8 } from 'node:buffer';
import { decodeBatch, isBatch } from '../../protocols/batch.js';
import { LineStream } from '../../protocols/line.js';
import { JoinBuffer } from '../../protocols/line-join.js';
import { isUnusualName } from '../../protocols/line-odd.js';
import { PointBlock } from '../../protocols/points.js';
import type { RejectionSink } from '../../protocols/rejection.js';
import type { IngestMessage, IngestSource } from '../ports/bus.js';
import type { Clock } from '../ports/clock.js';
import type { Relay } from './relay.js';
import { Ticket } from './ticket.js';

const NEWLINE = Uint8Array.of(10);

/**
 * Moves the ingestion stream into the shard logs: text lines and columnar batches. A message leaves the
 * stream's consumer when all its points are in shard logs, and not before.
 */
export class IngestReader {
  messages = 0;
  readonly #source: IngestSource;
  readonly #relay: Relay;
  readonly #rejections: RejectionSink;
  readonly #clock: Clock;
  readonly #block = new PointBlock();
  readonly #join = new JoinBuffer();

  constructor(source: IngestSource, relay: Relay, rejections: RejectionSink, clock: Clock) {
    this.#source = source;
    this.#relay = relay;
    this.#rejections = rejections;
    this.#clock = clock;
  }

  /** Reads until `signal` aborts; waits while the relay's window is full. */
  async run(signal: AbortSignal): Promise<void> {
    for await (const message of this.#source.read(signal)) {
      this.#accept(message);
      await this.#relay.window.room();
    }
  }

  #accept(message: IngestMessage): void {
    this.messages++;
    const ticket = new Ticket(message.accepted);
    if (isBatch(message.bytes)) this.#acceptBatch(message.bytes, ticket);
    else this.#acceptLines(message.bytes, ticket);
    ticket.release();
  }

  #acceptBatch(bytes: Uint8Array, ticket: Ticket): void {
    if (decodeBatch(bytes, this.#block) !== undefined) {
      this.#rejections.reject('malformed-batch', bytes, 0, bytes.length);
      return;
    }
    this.#checkPoints();
    this.#relay.accept(this.#block, ticket);
  }

  /**
   * Text is read as lines of a connection are, but it is acknowledged: a line for which a connection would be
   * closed is skipped like any other bad one, and those behind it are read.
   */
  #acceptLines(bytes: Uint8Array, ticket: Ticket): void {
    const ended = bytes[bytes.length - 1] === NEWLINE[0];
    const text = ended ? bytes : Buffer.concat([bytes, NEWLINE]);
    const nowS = this.#clock.nowMs() / 1000;
    for (let at = 0; at < text.length; ) {
      const lines = new LineStream(this.#join);
      const state = lines.push(text.subarray(at), this.#block, this.#rejections, nowS);
      this.#relay.accept(this.#block, ticket);
      at = state === 'open' ? text.length : at + lines.closedAt;
    }
  }

  /** Applies to a batch what a line decoder applies to lines: -1 is now; NaN and bad UTF-8 are refused. */
  #checkPoints(): void {
    const block = this.#block;
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
