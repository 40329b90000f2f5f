import { assert } from '../../../assert.js';
import type { PointBlock } from '../../points.js';
import { LineWriter } from '../../writers/line-writer.js';
import {
  MESSAGE_BYTES,
  type MessageTaker,
  NO_MESSAGE,
  type OpenMessage,
  type OpenMessages,
} from '../../writers/open-messages.js';
import { BlockInput } from '../block-input.js';
import { writeTables, writeWords } from '../numbers/number-tables.js';
import { instantiate } from '../wasm/module.js';
import * as at from './text-layout.js';
import { textProgram } from './text-program.js';

/**
 * Writes points as lines into the messages of many daemons, in WebAssembly (`text-program.ts`): first the line of each point,
 * once however many daemons get it, then copies of it. What it writes, `LineWriter` writes as well; names with blanks
 * and times before 1970 or after 2106 are left to that.
 */
export class TextKernel implements OpenMessages {
  readonly messages: readonly KernelMessage[];
  readonly #text: (from: number, to: number, delta: number) => number;
  readonly #scatter: (entry: number, end: number, copies: number) => number;
  readonly #input: BlockInput;
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  readonly #lines: Uint32Array;
  readonly #chosen: Uint16Array;
  readonly #textBytes: Uint8Array;
  #copies = 1;
  readonly #odd = new LineWriter();

  /** @param messages how many there are, fewer than `NO_MESSAGE` */
  constructor(messages: number) {
    assert(messages < NO_MESSAGE, 'each message has a number');
    const layout = at.textLayout(messages, MESSAGE_BYTES);
    const { buffer, functions } = instantiate(textProgram(layout));
    this.#text = functions.text;
    this.#scatter = functions.scatter;
    this.#input = new BlockInput(buffer, at.NAMES);
    this.#times = new Float64Array(buffer, at.TIMES_AT, at.POINTS_MAX);
    this.#values = new Float64Array(buffer, at.VALUES_AT, at.POINTS_MAX);
    this.#lines = new Uint32Array(buffer, at.LINES_AT, at.POINTS_MAX + 1);
    this.#chosen = new Uint16Array(buffer, layout.chosenAt, at.CHOSEN_MAX);
    this.#textBytes = new Uint8Array(buffer, at.TEXT_AT, at.TEXT_BYTES);
    writeTables(buffer);
    writeWords(buffer, { none: 'nan', infinite: 'inf' });
    new Float64Array(buffer, at.TIME_AT, 1).fill(Number.NaN);
    this.messages = Array.from(
      { length: messages },
      (_, index) => new KernelMessage(buffer, layout, index),
    );
  }

  append(
    block: PointBlock,
    into: Uint16Array,
    copies: number,
    takers: readonly (MessageTaker | undefined)[],
  ): void {
    if (copies === 0) return;
    assert(copies <= at.CHOSEN_MAX, 'the messages of a point go into one call');
    this.#copies = copies;
    const pointsMax = Math.floor(at.CHOSEN_MAX / copies);
    for (let from = 0; from < block.count; ) {
      const to = this.#input.load(block, from, Math.min(block.count, from + pointsMax));
      this.#times.set(block.timestamps.subarray(from, to));
      this.#values.set(block.values.subarray(from, to));
      this.#chosen.set(into.subarray(from * copies, to * copies));
      this.#appendLoaded(block, from, to - from, takers);
      from = to;
    }
  }

  #appendLoaded(
    block: PointBlock,
    from: number,
    count: number,
    takers: readonly (MessageTaker | undefined)[],
  ): void {
    const { delta } = this.#input;
    for (let i = 0; i < count; ) {
      const stopped = this.#text(i, count, delta);
      if (stopped > i) {
        this.#hand(i, stopped, takers);
        i = stopped;
      } else if (this.#writeOdd(block, from + i, i)) this.#hand(i, ++i, takers);
      else this.#refuse(i++, takers);
    }
  }

  /** Appends the lines of the points `[from, to)` to their messages. */
  #hand(from: number, to: number, takers: readonly (MessageTaker | undefined)[]): void {
    const end = to * this.#copies;
    for (let entry = from * this.#copies; entry < end; ) {
      entry = this.#scatter(entry, end, this.#copies);
      if (entry < end) takers[this.#chosen[entry]]?.flush();
    }
  }

  /** Writes the line of one point by the plain rule. */
  #writeOdd(block: PointBlock, i: number, place: number): boolean {
    const { bytes, nameStart, nameEnd, timestamps, values } = block;
    const writer = this.#odd;
    writer.begin(this.#textBytes.subarray(0, MESSAGE_BYTES));
    if (!writer.fits(nameEnd[i] - nameStart[i])) return false;
    if (!writer.append(bytes, nameStart[i], nameEnd[i], timestamps[i], values[i])) return false;
    this.#lines[place] = at.TEXT_AT;
    this.#lines[place + 1] = at.TEXT_AT + writer.finish();
    return true;
  }

  #refuse(place: number, takers: readonly (MessageTaker | undefined)[]): void {
    const entry = place * this.#copies;
    for (const index of this.#chosen.subarray(entry, entry + this.#copies))
      if (index !== NO_MESSAGE) takers[index]?.unsendable();
  }
}

class KernelMessage implements OpenMessage {
  /** Its bytes and its points. */
  readonly #head: Uint32Array;
  readonly #bytes: Uint8Array;

  constructor(
    buffer: ArrayBuffer,
    { messagesAt, stride, messageBytes }: at.TextLayout,
    index: number,
  ) {
    this.#head = new Uint32Array(buffer, at.HEADS_AT + index * at.HEAD_BYTES, 2);
    this.#bytes = new Uint8Array(buffer, messagesAt + index * stride, messageBytes);
  }

  get points(): number {
    return this.#head[1];
  }

  seal(room: Uint8Array): Uint8Array {
    const length = this.#head[0];
    room.set(this.#bytes.subarray(0, length));
    this.clear();
    return room.subarray(0, length);
  }

  clear(): void {
    this.#head.fill(0);
  }
}
