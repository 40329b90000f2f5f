import { FramedWriter } from './framed-writer.js';

const FRAME_PREFIX_BYTES = 4;
/** Of a point besides its name: three tags with lengths, a time and a double. */
const POINT_BYTES_MAX = 40;
/** Seconds that a uint32 cannot say. */
const UINT32_END = 2 ** 32;

/**
 * Carbon's protobuf protocol: a `Payload` of metrics (`carbon.proto`) in a frame (4-byte big-endian length). Each metric
 * comes with one point. A fraction of a second is cut off: the time is a uint32.
 */
export class ProtobufPointWriter extends FramedWriter {
  /** @param pointsMax of one payload */
  constructor(pointsMax: number) {
    super(pointsMax, POINT_BYTES_MAX);
  }

  override append(
    bytes: Uint8Array,
    start: number,
    end: number,
    timestamp: number,
    value: number,
  ): boolean {
    const seconds = Math.trunc(timestamp);
    if (!(seconds >= 0 && seconds < UINT32_END)) return false;
    const buffer = this.buffer;
    const nameLength = end - start;
    const pointLength = 1 + varintBytes(seconds) + 9;
    let at = this.length;
    buffer[at++] = 0x0a; // Payload.metrics
    at = this.#varint(at, 1 + varintBytes(nameLength) + nameLength + 2 + pointLength);
    buffer[at++] = 0x0a; // Metric.metric
    at = this.#varint(at, nameLength);
    at = this.copy.copy(bytes, start, end, at);
    buffer[at++] = 0x12; // Metric.points
    buffer[at++] = pointLength;
    buffer[at++] = 0x08; // Point.timestamp
    at = this.#varint(at, seconds);
    buffer[at++] = 0x11; // Point.value
    this.view.setFloat64(at, value, true);
    this.length = at + 8;
    this.points++;
    return true;
  }

  protected override writeHead(): number {
    return FRAME_PREFIX_BYTES;
  }

  protected override writeEnd(): void {
    // A payload ends with its last metric.
  }

  #varint(at: number, value: number): number {
    let p = at;
    let left = value;
    while (left >= 0x80) {
      this.buffer[p++] = (left & 0x7f) | 0x80;
      left = Math.floor(left / 0x80);
    }
    this.buffer[p++] = left;
    return p;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let left = value; left >= 0x80; left = Math.floor(left / 0x80)) bytes++;
  return bytes;
}
