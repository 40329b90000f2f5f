/** Points on their way to a carbon daemon: one protocol of Carbon's, into the bytes of one message. */
export interface PointWriter {
  /** Points of the message so far. */
  readonly points: number;
  /** The next message goes into `buffer`, which has room for one point whatever its name is. */
  begin(buffer: Uint8Array): void;
  /** Whether one more point with a name of `nameLength` bytes fits into the message. */
  fits(nameLength: number): boolean;
  /** Writes one point with the name `bytes[start, end)`; false where the protocol cannot say that name. */
  append(bytes: Uint8Array, start: number, end: number, timestamp: number, value: number): boolean;
  /** Completes the message; returns how many bytes it has. */
  finish(): number;
}
