import { TextCopy } from '../text-copy.js';
import type { PointWriter } from './point-writer.js';

const NO_VIEW = new DataView(new ArrayBuffer(0));

/** What the framed protocols share: a message of a limited number of points, behind a length of four bytes, big-endian. */
export abstract class FramedWriter implements PointWriter {
  points = 0;
  protected buffer: Uint8Array = new Uint8Array(0);
  protected view: DataView = NO_VIEW;
  /** Of the message so far, its length included. */
  protected length = 0;
  protected readonly copy = new TextCopy();
  readonly #pointsMax: number;
  readonly #pointBytes: number;

  /**
   * @param pointsMax of one message; carbon's MAX_DATAPOINTS_PER_MESSAGE
   * @param pointBytes what a point takes at most besides its name, with what ends the message
   */
  constructor(pointsMax: number, pointBytes: number) {
    this.#pointsMax = pointsMax;
    this.#pointBytes = pointBytes;
  }

  begin(buffer: Uint8Array): void {
    this.buffer = buffer;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    this.copy.target(buffer);
    this.length = this.writeHead();
    this.points = 0;
  }

  fits(nameLength: number): boolean {
    return (
      this.points < this.#pointsMax &&
      this.length + this.#pointBytes + nameLength <= this.buffer.length
    );
  }

  abstract append(
    bytes: Uint8Array,
    start: number,
    end: number,
    timestamp: number,
    value: number,
  ): boolean;

  finish(): number {
    this.writeEnd();
    this.view.setUint32(0, this.length - 4);
    return this.length;
  }

  /** Writes what stands before the first point; returns the index behind it. */
  protected abstract writeHead(): number;
  /** Writes what stands behind the last point. */
  protected abstract writeEnd(): void;
}
