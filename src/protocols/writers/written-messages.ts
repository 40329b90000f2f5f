import type { PointBlock } from '../points.js';
import {
  MESSAGE_BYTES,
  type MessageTaker,
  NO_MESSAGE,
  type OpenMessage,
  type OpenMessages,
} from './open-messages.js';
import type { PointWriter } from './point-writer.js';

/** Messages that are written point by point: pickles and protobuf. */
export class WrittenMessages implements OpenMessages {
  readonly messages: readonly WrittenMessage[];

  constructor(writers: readonly PointWriter[]) {
    this.messages = writers.map((writer) => new WrittenMessage(writer));
  }

  append(
    { bytes, nameStart, nameEnd, timestamps, values, count }: PointBlock,
    into: Uint16Array,
    copies: number,
    takers: readonly (MessageTaker | undefined)[],
  ): void {
    for (let i = 0, at = 0; i < count; i++) {
      for (let copy = 0; copy < copies; copy++, at++) {
        const index = into[at];
        if (index === NO_MESSAGE) continue;
        const { writer } = this.messages[index];
        if (!writer.fits(nameEnd[i] - nameStart[i])) takers[index]?.flush();
        if (!writer.append(bytes, nameStart[i], nameEnd[i], timestamps[i], values[i]))
          takers[index]?.unsendable();
      }
    }
  }
}

class WrittenMessage implements OpenMessage {
  readonly writer: PointWriter;
  readonly #buffer = new Uint8Array(MESSAGE_BYTES);

  constructor(writer: PointWriter) {
    this.writer = writer;
    writer.begin(this.#buffer);
  }

  get points(): number {
    return this.writer.points;
  }

  seal(room: Uint8Array): Uint8Array {
    const length = this.writer.finish();
    room.set(this.#buffer.subarray(0, length));
    this.writer.begin(this.#buffer);
    return room.subarray(0, length);
  }

  clear(): void {
    this.writer.begin(this.#buffer);
  }
}
