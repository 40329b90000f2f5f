import { LINE_BYTES_MAX } from './byte-classes.js';
import { JoinBuffer } from './line-join.js';
import { decodeOddLine } from './line-odd.js';
import { decodePlainLines } from './line-plain.js';
import type { PointBlock } from './points.js';
import type { RejectionReason, RejectionSink } from './rejection.js';
import type { StreamDecoder } from './stream-decoder.js';

const NEWLINE = 10;
const NOTHING = new Uint8Array(0);

/** `open`, or why the connection has to be closed. */
export type LineStreamState = 'open' | Extract<RejectionReason, LineStreamFault>;

type LineStreamFault = 'line-too-long' | 'invalid-utf8' | 'bad-timestamp';

/**
 * Carbon's line protocol, `metric value timestamp\n`, of one TCP connection. Lines are decoded as carbon
 * 1.1.7 does: a malformed line is skipped; a line over 16384 bytes, invalid UTF-8 or a time that is not
 * finite closes the connection and loses what came after it.
 */
export class LineStream implements StreamDecoder {
  readonly #join: JoinBuffer;
  /** The start of a line whose newline has not come yet; at most `LINE_BYTES_MAX` bytes. */
  #tail: Uint8Array = NOTHING;
  #state: LineStreamState = 'open';
  #closedAt = 0;

  /** @param join may be shared by all streams that decode into the same block */
  constructor(join = new JoinBuffer()) {
    this.#join = join;
  }

  get state(): LineStreamState {
    return this.#state;
  }

  get heldBytes(): number {
    return this.#tail.length;
  }

  /** Behind the line for which the state is not `open`: where in the bytes of that push the next one begins. */
  get closedAt(): number {
    return this.#closedAt;
  }

  /**
   * Decodes every line that `chunk` completes. The names lie in `block.bytes`, which is `chunk` itself or the
   * join buffer.
   */
  push(
    chunk: Uint8Array,
    block: PointBlock,
    rejections: RejectionSink,
    nowS: number,
  ): LineStreamState {
    const bytes = this.#tail.length === 0 ? chunk : this.#join.join(this.#tail, chunk);
    block.clear(bytes);
    if (this.#state !== 'open') return this.#state;
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    let p = 0;
    while (this.#state === 'open') {
      p = decodePlainLines(p, end, block);
      if (p === end) break;
      const lineEnd = bytes.indexOf(NEWLINE, p);
      this.#decodeOne(p, lineEnd, block, rejections, nowS);
      p = lineEnd + 1;
    }
    if (this.#state === 'open') this.#keep(bytes, end, rejections);
    return this.#state;
  }

  end(rejections: RejectionSink): void {
    if (this.#tail.length > 0)
      rejections.reject('malformed-line', this.#tail, 0, this.#tail.length);
    this.#tail = NOTHING;
  }

  #decodeOne(
    start: number,
    end: number,
    block: PointBlock,
    rejections: RejectionSink,
    nowS: number,
  ): void {
    const bytes = block.bytes;
    if (end - start > LINE_BYTES_MAX) {
      this.#close('line-too-long', bytes, start, end, rejections);
      return;
    }
    const outcome = decodeOddLine(bytes, start, end, block, nowS);
    switch (outcome) {
      case 'accepted':
        return;
      case 'malformed-line':
      case 'nan-value':
        rejections.reject(outcome, bytes, start, end);
        return;
      case 'invalid-utf8':
        this.#close('invalid-utf8', bytes, start, end, rejections);
        return;
      case 'nan-timestamp':
      case 'infinite-timestamp':
        this.#close('bad-timestamp', bytes, start, end, rejections);
        return;
    }
  }

  #keep(bytes: Uint8Array, start: number, rejections: RejectionSink): void {
    if (bytes.length - start > LINE_BYTES_MAX) {
      this.#close('line-too-long', bytes, start, bytes.length, rejections);
    } else {
      this.#tail = start === bytes.length ? NOTHING : new Uint8Array(bytes.subarray(start));
    }
  }

  #close(
    reason: LineStreamFault,
    bytes: Uint8Array,
    start: number,
    end: number,
    rejections: RejectionSink,
  ): void {
    this.#state = reason;
    this.#closedAt = end + 1;
    this.#tail = NOTHING;
    rejections.reject(reason, bytes, start, end);
  }
}
