import { isUtf8 } from 'node:buffer';
import type { FrameDecoder } from './framed-points.js';
import { isUnusualName } from './line-odd.js';
import { receivedTimestamp } from './line-timestamp.js';
import { NameBuffer } from './name-buffer.js';
import type { PointBlock } from './points.js';
import type { RejectionSink } from './rejection.js';
import type { StreamState } from './stream-decoder.js';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

// Tags: the number of the field, and its wire type in the lowest three bits.
const METRICS_OF_PAYLOAD = (1 << 3) | LENGTH_DELIMITED;
const METRIC_OF_METRIC = (1 << 3) | LENGTH_DELIMITED;
const POINTS_OF_METRIC = (2 << 3) | LENGTH_DELIMITED;
const TIMESTAMP_OF_POINT = (1 << 3) | VARINT;
const VALUE_OF_POINT = (2 << 3) | FIXED64;

const VARINT_BYTES_MAX = 10;
const BAD = -1;

/**
 * Carbon's `Payload { repeated Metric metrics = 1 }`, `Metric { string metric = 1; repeated Point points = 2 }`,
 * `Point { uint32 timestamp = 1; double value = 2 }`, from the bytes of a frame into a block, without an object
 * between. As in carbon 1.1.7 a frame that is no such message is skipped as a whole and the connection goes on.
 * Fields may come in any order, the last of a kind counts, and unknown ones are passed over.
 */
export class ProtobufPoints implements FrameDecoder {
  readonly names = new NameBuffer();
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Index of the next byte, or `BAD` once the frame turned out to be malformed. */
  #p = BAD;
  #varint = 0;
  #tag = 0;
  #timestamp = 0;
  readonly #value = new Float64Array(1);

  decodeFrame(
    frame: Uint8Array,
    block: PointBlock,
    rejections: RejectionSink,
    nowS: number,
  ): StreamState {
    const count = block.count;
    const base = this.names.addBytes(frame);
    block.bytes = this.names.bytes;
    this.#bytes = frame;
    this.#view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    this.#p = 0;
    while (this.#p >= 0 && this.#p < frame.length) {
      if (this.#takeTag(frame.length) === METRICS_OF_PAYLOAD) {
        const end = this.#takeLength(frame.length);
        if (end >= 0) this.#decodeMetric(end, base, block);
      } else this.#skip(frame.length);
    }
    if (this.#p < 0) {
      this.names.removeBytes(base);
      block.count = count;
      rejections.reject('malformed-protobuf', frame, 0, frame.length);
      return 'open';
    }
    receive(block, count, rejections, nowS);
    return 'open';
  }

  #decodeMetric(end: number, base: number, block: PointBlock): void {
    const first = block.count;
    let nameStart = 0;
    let nameEnd = 0;
    while (this.#p >= 0 && this.#p < end) {
      const tag = this.#takeTag(end);
      if (tag === POINTS_OF_METRIC) {
        const pointEnd = this.#takeLength(end);
        if (pointEnd >= 0) this.#decodePoint(pointEnd, block);
      } else if (tag === METRIC_OF_METRIC) {
        const textEnd = this.#takeLength(end);
        nameStart = this.#p;
        nameEnd = textEnd;
        this.#p = textEnd;
      } else this.#skip(end);
    }
    if (this.#p < 0 || !isText(this.#bytes, nameStart, nameEnd)) {
      this.#p = BAD;
      return;
    }
    const unusual = isUnusualName(this.#bytes, nameStart, nameEnd) ? 1 : 0;
    for (let i = first; i < block.count; i++) {
      block.nameStart[i] = base + nameStart;
      block.nameEnd[i] = base + nameEnd;
      block.unusualName[i] = unusual;
    }
  }

  /** Appends a point without a name, which may come after it. */
  #decodePoint(end: number, block: PointBlock): void {
    this.#timestamp = 0;
    this.#value[0] = 0;
    while (this.#p >= 0 && this.#p < end) {
      const tag = this.#takeTag(end);
      if (tag === TIMESTAMP_OF_POINT) {
        this.#takeVarint(end);
        this.#timestamp = this.#varint;
      } else if (tag === VALUE_OF_POINT && this.#p + 8 <= end) {
        this.#value[0] = this.#view.getFloat64(this.#p, true);
        this.#p += 8;
      } else this.#skip(end);
    }
    if (this.#p >= 0) block.append(0, 0, this.#timestamp, this.#value[0], 0);
  }

  /** The next tag; 0, which is none, where there is no tag. */
  #takeTag(end: number): number {
    this.#takeVarint(end);
    if (this.#varint >>> 3 === 0) this.#p = BAD; // there is no field 0
    this.#tag = this.#p < 0 ? 0 : this.#varint;
    return this.#tag;
  }

  /** The end of what a length is followed by, or `BAD` where that is beyond `end`. */
  #takeLength(end: number): number {
    this.#takeVarint(end);
    if (this.#p < 0 || this.#varint > end - this.#p) this.#p = BAD;
    return this.#p < 0 ? BAD : this.#p + this.#varint;
  }

  /** Passes over the value of the field whose tag was taken last. */
  #skip(end: number): void {
    if (this.#p < 0) return;
    const wireType = this.#tag & 7;
    if (wireType === VARINT) this.#takeVarint(end);
    else if (wireType === LENGTH_DELIMITED) this.#p = this.#takeLength(end);
    else if (wireType === FIXED64) this.#p += 8;
    else if (wireType === FIXED32) this.#p += 4;
    else this.#p = BAD; // groups: no version of Carbon's messages had one
    if (this.#p > end) this.#p = BAD;
  }

  /** A varint into `#varint`, of which the lowest 32 bits count, as for every field that Carbon has. */
  #takeVarint(end: number): void {
    if (this.#p < 0) return;
    const stop = Math.min(end, this.#p + VARINT_BYTES_MAX);
    let value = 0;
    for (let shift = 0; this.#p < stop; shift += 7) {
      const byte = this.#bytes[this.#p++];
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.#varint = value >>> 0;
        return;
      }
    }
    this.#p = BAD;
  }
}

/** Applies to the points from `first` on what carbon does with all it receives: NaN is no value. */
function receive(block: PointBlock, first: number, rejections: RejectionSink, nowS: number): void {
  let kept = first;
  for (let i = first; i < block.count; i++) {
    if (Number.isNaN(block.values[i])) {
      rejections.reject('nan-value', block.bytes, block.nameStart[i], block.nameEnd[i]);
      continue;
    }
    block.nameStart[kept] = block.nameStart[i];
    block.nameEnd[kept] = block.nameEnd[i];
    block.unusualName[kept] = block.unusualName[i];
    block.timestamps[kept] = receivedTimestamp(block.timestamps[i], nowS);
    block.values[kept] = block.values[i];
    kept++;
  }
  block.count = kept;
}

function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let p = start; p < end; p++) if (bytes[p] >= 0x80) return isUtf8(bytes.subarray(start, end));
  return true;
}
