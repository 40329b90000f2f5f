import { TextCopy } from '../text-copy.js';
import type { PointWriter } from './point-writer.js';

const FRAME_PREFIX_BYTES = 4;
/** Of a point besides its name: three tags with lengths, a time and a double. */
const POINT_BYTES_MAX = 40;
/** Seconds that a uint32 cannot say. */
const UINT32_END = 2 ** 32;
const EMPTY = new DataView(new ArrayBuffer(0));
const NOTHING = new Uint8Array(0);

/**
 * Carbon's protobuf protocol: a `Payload` of metrics (`carbon.proto`) in a frame (4-byte big-endian length). Each metric
 * comes with one point. A fraction of a second is cut off: the time is a uint32.
 */
export class ProtobufPointWriter implements PointWriter {
  points = 0;
  readonly #pointsMax: number;
  #buffer: Uint8Array = NOTHING;
  #view: DataView = EMPTY;
  #length = 0;
  readonly #copy = new TextCopy();

  /** @param pointsMax of one payload; carbon's MAX_DATAPOINTS_PER_MESSAGE */
  constructor(pointsMax: number) {
    this.#pointsMax = pointsMax;
  }

  begin(buffer: Uint8Array): void {
    this.#buffer = buffer;
    this.#copy.target(buffer);
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    this.#length = FRAME_PREFIX_BYTES;
    this.points = 0;
  }

  fits(nameLength: number): boolean {
    return (
      this.points < this.#pointsMax &&
      this.#length + POINT_BYTES_MAX + nameLength <= this.#buffer.length
    );
  }

  append(bytes: Uint8Array, start: number, end: number, timestamp: number, value: number): boolean {
    const seconds = Math.trunc(timestamp);
    if (!(seconds >= 0 && seconds < UINT32_END)) return false;
    const buffer = this.#buffer;
    const nameLength = end - start;
    const pointLength = 1 + varintBytes(seconds) + 9;
    let at = this.#length;
    buffer[at++] = 0x0a; // Payload.metrics
    at = this.#varint(at, 1 + varintBytes(nameLength) + nameLength + 2 + pointLength);
    buffer[at++] = 0x0a; // Metric.metric
    at = this.#varint(at, nameLength);
    at = this.#copy.copy(bytes, start, end, at);
    buffer[at++] = 0x12; // Metric.points
    buffer[at++] = pointLength;
    buffer[at++] = 0x08; // Point.timestamp
    at = this.#varint(at, seconds);
    buffer[at++] = 0x11; // Point.value
    this.#view.setFloat64(at, value, true);
    this.#length = at + 8;
    this.points++;
    return true;
  }

  finish(): number {
    this.#view.setUint32(0, this.#length - FRAME_PREFIX_BYTES);
    return this.#length;
  }

  #varint(at: number, value: number): number {
    let p = at;
    let left = value;
    while (left >= 0x80) {
      this.#buffer[p++] = (left & 0x7f) | 0x80;
      left = Math.floor(left / 0x80);
    }
    this.#buffer[p++] = left;
    return p;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let left = value; left >= 0x80; left = Math.floor(left / 0x80)) bytes++;
  return bytes;
}
