import { JoinBuffer } from './line-join.js';
import type { PointBlock } from './points.js';
import type { RejectionSink } from './rejection.js';
import { decodeSample, SAMPLE_BYTES_MAX, type SampleSink } from './statsd.js';
import type { StreamDecoder, StreamState } from './stream-decoder.js';

const NEWLINE = 10;
const NOTHING = new Uint8Array(0);

/** Decodes the lines of a statsd datagram. */
export function decodeSamples(
  bytes: Uint8Array,
  sink: SampleSink,
  rejections: RejectionSink,
): void {
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    if (end > start) decodeSample(bytes, start, end, sink, rejections);
    start = end + 1;
  }
}

/** Statsd's lines over one TCP connection. They make samples, and no points: those come with the next flush. */
export class StatsdStream implements StreamDecoder {
  readonly #sink: SampleSink;
  readonly #join: JoinBuffer;
  #tail: Uint8Array = NOTHING;

  /** @param join may be shared by all streams of a process */
  constructor(sink: SampleSink, join = new JoinBuffer()) {
    this.#sink = sink;
    this.#join = join;
  }

  get heldBytes(): number {
    return this.#tail.length;
  }

  push(chunk: Uint8Array, block: PointBlock, rejections: RejectionSink): StreamState {
    block.clear(NOTHING);
    const bytes = this.#tail.length === 0 ? chunk : this.#join.join(this.#tail, chunk);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    decodeSamples(bytes.subarray(0, end), this.#sink, rejections);
    this.#tail = end === bytes.length ? NOTHING : new Uint8Array(bytes.subarray(end));
    if (this.#tail.length <= SAMPLE_BYTES_MAX) return 'open';
    rejections.reject('line-too-long', this.#tail, 0, this.#tail.length);
    this.#tail = NOTHING;
    return 'line-too-long';
  }

  /** As statsd does, and unlike Carbon: the last line needs no newline. */
  end(rejections: RejectionSink): void {
    decodeSamples(this.#tail, this.#sink, rejections);
    this.#tail = NOTHING;
  }
}
